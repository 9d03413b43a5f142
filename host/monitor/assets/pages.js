// All the script there is: an age that counts, updates as they come, hold to stop, the code of a link. Each works alone.
"use strict";
const HOLD_MS = 1200, body = document.body, late = Number(body.dataset.late), stale = Number(body.dataset.stale);

// Ages count on the page's own monotonic clock: a phone's wall clock may be wrong by minutes.
let age = body.dataset.age === "" ? NaN : Number(body.dataset.age), at = performance.now();
const seconds = () => Math.round(age + (performance.now() - at) / 1000);
function showAge() {
  const now = seconds();
  if (Number.isNaN(now)) return;
  for (const place of document.querySelectorAll(".age .ago")) {
    place.textContent = now < 120 ? `, ${now} s ago` : `, ${Math.floor(now / 60)} min ago`;
    place.parentElement.className = "age" + (now > stale ? " alarm" : now > late ? " warn" : "");
  }
  body.classList.toggle("stale", now > stale);
}
setInterval(showAge, 1000);
showAge();

// A phone that slept has missed updates; what was typed is not thrown away for fresher figures.
document.addEventListener("visibilitychange", () => {
  const typed = [...document.querySelectorAll("textarea")].some((field) => field.value);
  if (!document.hidden && !typed && seconds() > late) location.reload();
});

// The server sends finished parts: { parts: { id: html }, age, reload }. Nothing is worked out here.
if (body.dataset.stream && window.EventSource) {
  new EventSource(body.dataset.stream).onmessage = ({ data }) => {
    const update = JSON.parse(data);
    for (const [id, html] of Object.entries(update.parts)) {
      const place = document.getElementById(id);
      if (place && !place.contains(document.activeElement)) place.innerHTML = html;
    }
    [age, at] = [update.age === null ? NaN : update.age, performance.now()];
    const guard = document.querySelector(".old");
    if (guard) guard.replaceWith(guard.cloneNode(true)); // its time begins anew
    if (update.reload && !document.querySelector(".holding")) location.reload();
    showAge();
  };
}

// Press, wait, done; release, leave or Escape is "no". The same for finger, mouse, Enter and Space.
for (const button of document.querySelectorAll(".hold")) {
  let timer = 0;
  const begin = () => { if (!timer) { button.classList.add("holding"); timer = setTimeout(fire, HOLD_MS); } };
  const end = () => { clearTimeout(timer); timer = 0; button.classList.remove("holding"); };
  const fire = () => { end(); document.getElementById("stop-now").submit(); };
  button.addEventListener("pointerdown", (event) => { if (event.isPrimary && event.button === 0) begin(); });
  for (const name of ["pointerup", "pointercancel", "pointerleave", "blur", "keyup"]) button.addEventListener(name, end);
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); if (!event.repeat) begin(); }
  });
  // A screen reader's "activate" is a click without a press: it leads to the page that asks once more.
  button.addEventListener("click", (event) => { if (event.detail > 0) event.preventDefault(); });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

// The link of a QR code has its code behind the "#", which no server and no log sees.
const form = document.getElementById("sign-in"), code = location.hash.slice(1);
if (form && code) {
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.submit();
}
