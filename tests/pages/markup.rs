//! The text of a page, taken apart without a browser.

/// A page of HTML.
pub struct Page {
    html: String,
}

impl Page {
    pub fn new(html: String) -> Page {
        Page { html }
    }

    pub fn html(&self) -> &str {
        &self.html
    }

    /// Asserts that the page refers to nothing outside of itself, and that a policy without inline styles and handlers
    /// could hold for its elements.
    #[track_caller]
    pub fn assert_self_contained(&self) {
        let html = &self.html;
        for element in ["<link", "<script", "<iframe", "<img", "<base", "<object", "<meta http-equiv=\"refresh"] {
            assert!(!html.contains(element), "{element} is in the page: {}", self.around(element));
        }
        let style = html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        assert!(!style.contains("url(") && !style.contains("@import"), "the style asks somebody: {style}");
        for element in elements(html) {
            for (name, value) in attributes(element) {
                assert!(name != "style" && name != "src", "an attribute that is not allowed: <{element}>");
                assert!(name != "href" || value.starts_with('#'), "a reference: <{element}>");
                assert!(!name.starts_with("on"), "a handler: <{element}>");
            }
        }
    }

    fn around(&self, text: &str) -> &str {
        let at = self.html.find(text).unwrap_or(0);
        let start = self.html.floor_char_boundary(at.saturating_sub(80));
        &self.html[start..self.html.ceil_char_boundary(at + 80)]
    }

    /// Returns the texts of the elements between `before` and the next `after`, over the whole page.
    pub fn texts(&self, before: &str, after: &str) -> Vec<String> {
        let parts = self.html.split(before).skip(1);
        parts.map(|part| plain(part.split(after).next().unwrap_or_default())).collect()
    }

    /// Returns the part of the page from the heading with `title` in it to the next section.
    #[track_caller]
    pub fn section(&self, title: &str) -> Page {
        let headings = self.texts("<h2>", "</h2>");
        let heading = headings.iter().find(|heading| heading.contains(title));
        let heading = heading.unwrap_or_else(|| panic!("no section {title} in {headings:?}"));
        let (_, rest) = self.html.split_once(&format!("<h2>{heading}")).expect("the heading");
        Page::new(rest.split("</section>").next().unwrap_or_default().to_owned())
    }
}

/// Returns the tags of a page without their brackets.
fn elements(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|part| part.split('>').next())
}

/// Returns the attributes of a tag, whose values stand in double quotes.
fn attributes(element: &str) -> Vec<(&str, &str)> {
    let mut parts = element.split('"');
    let mut found = Vec::new();
    while let (Some(names), Some(value)) = (parts.next(), parts.next()) {
        found.extend(names.split_whitespace().last().map(|name| (name.trim_end_matches('='), value)));
    }
    found
}

/// Returns a text without its tags.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = true;
    for character in html.chars() {
        match character {
            '<' => inside = false,
            '>' => inside = true,
            other if inside => text.push(other),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// Returns an amount as it is printed, in cents: `−$1,234.50`, or `+22.91` without the sign of the dollar.
#[track_caller]
pub fn cents(printed: &str) -> i64 {
    let digits: String = printed.chars().filter(char::is_ascii_digit).collect();
    assert!(printed.contains('.'), "{printed} has no cents");
    let amount: i64 = digits.parse().unwrap_or_else(|_| panic!("{printed} is no amount"));
    if printed.contains('\u{2212}') { -amount } else { amount }
}
