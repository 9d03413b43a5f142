//! Which components may run in which mode.

use host_sandbox::trust::ComponentLock;

use super::*;

/// The judgement in a word, or the refusal.
fn judged(trust: &TrustSettings, mode: TradingMode, candidate: &Candidate<'_>, lock: &ComponentLock) -> String {
    match trust.judge(mode, candidate, lock, NOW) {
        Ok(judgement) => judgement.signer.to_string(),
        Err(refused) => format!("refused: {refused}; {}", refused.hint("x.wasm")),
    }
}

#[test]
fn a_signature_counts_if_its_key_is_trusted_and_it_is_of_these_bytes() {
    let ((alex, alexs), (mallory, mallorys)) = (pair(), pair());
    let id = alex.id();
    let signature = alexs.sign(&ONE.bytes, "x").unwrap();
    let of_other = alexs.sign(&OTHER.bytes, "x").unwrap();
    let by_mallory = mallorys.sign(&ONE.bytes, "x").unwrap();
    let damaged = signature.replacen("trusted comment", "comment", 2);
    let check = |trust: &TrustSettings, signature: &str, live: &str, paper: &str| {
        let candidate = ONE.candidate(Some(signature.as_bytes()));
        let mut lock = ComponentLock::default();
        for round in ["unconfirmed", "confirmed"] {
            let judged = |mode| judged(trust, mode, &candidate, &lock);
            let (in_live, on_paper) = (judged(TradingMode::Live), judged(TradingMode::Paper));
            assert!(in_live.starts_with(live) && on_paper.starts_with(paper), "{round}: {in_live}\n{on_paper}");
            // A person's word does not make a bad signature good.
            lock.confirm(&candidate, "alex", NOW);
        }
    };
    let by_alex = format!("signed by alex (key {id})");
    let trusted = trusting(&[("alex", &alex, None), ("bert", &pair().0, None)]);
    check(&trusted, &signature, &by_alex, &by_alex);
    check(&trusting(&[("alex", &alex, Some("2026-11-30"))]), &signature, &by_alex, &by_alex);
    let not = "signature not accepted";
    let expired = format!("refused: the key alex ({id}), which its signature names, is not trusted since 2026-11-29; ");
    check(&trusting(&[("alex", &alex, Some("2026-11-29"))]), &signature, &expired, not);
    let unknown = |key: &PublicKey| {
        let id = key.id();
        format!("refused: its signature names the key {id}, which is not in the trust list; if you trust the holder")
    };
    check(&trusting(&[]), &signature, &unknown(&alex), not);
    check(&trusted, &by_mallory, &unknown(&mallory), not);
    let changed = format!("refused: its signature, by the name of alex ({id}), is none of these bytes: one of the two");
    check(&trusted, &of_other, &changed, not);
    check(&trusted, &damaged, "refused: its signature cannot be read: ", not);
    check(&trusted, "", "refused: its signature cannot be read: ", not);
    // The same, where paper is as strict as live trading, or live as loose as paper may be.
    let strict = TrustSettings { paper: Requirement::Require, ..trusted.clone() };
    check(&strict, &signature, &by_alex, &by_alex);
    check(&strict, &of_other, &changed, &changed);
    let loose = TrustSettings { live: Requirement::Tell, ..trusted };
    check(&loose, &of_other, &changed, not);
}

#[test]
fn what_nobody_signed_needs_a_persons_word_for_its_digest() {
    let trust = TrustSettings::default();
    let mut lock = ComponentLock::default();
    let (one, other) = (ONE.candidate(None), OTHER.candidate(None));
    assert_eq!(judged(&trust, TradingMode::Paper, &one, &lock), "unsigned");
    let digest = &ONE.component.digest;
    let refused = judged(&trust, TradingMode::Live, &one, &lock);
    assert!(refused.contains(&format!("nobody has confirmed its digest, sha256 {digest}")), "{refused}");
    assert!(refused.contains("`host trust confirm x.wasm`") && refused.contains(&digest[..16]), "{refused}");
    let strict = TrustSettings { paper: Requirement::Require, live: Requirement::Tell, ..trust.clone() };
    assert!(judged(&strict, TradingMode::Paper, &one, &lock).starts_with("refused: nobody has signed it"));
    assert_eq!(judged(&strict, TradingMode::Live, &one, &lock), "unsigned");
    lock.confirm(&one, "alex", NOW);
    for mode in [TradingMode::Live, TradingMode::Paper] {
        assert_eq!(judged(&trust, mode, &one, &lock), "unsigned");
        assert_eq!(judged(&strict, mode, &one, &lock), "unsigned");
    }
    let judgement = trust.judge(TradingMode::Live, &one, &lock, NOW).unwrap();
    assert_eq!(judgement.confirmed.unwrap().by, "alex");
    assert!(judged(&trust, TradingMode::Live, &other, &lock).starts_with("refused: nobody has signed it"));
}

#[test]
fn bytes_that_are_not_those_that_were_compiled_are_refused_whoever_signed_them() {
    let (alex, secret) = pair();
    let signature = secret.sign(&OTHER.bytes, "x").unwrap();
    let swapped = Candidate { bytes: &OTHER.bytes, ..ONE.candidate(Some(signature.as_bytes())) };
    for mode in [TradingMode::Live, TradingMode::Paper] {
        let refused = judged(&trusting(&[("alex", &alex, None)]), mode, &swapped, &ComponentLock::default());
        assert!(refused.starts_with("refused: it was changed since it was checked; start again"), "{refused}");
    }
}

#[test]
fn a_trust_list_without_clear_names_is_refused() {
    let (alex, bert) = (pair().0, pair().0);
    let check = |keys: &[(&str, &PublicKey)], expect: &str| {
        let keys: Vec<_> = keys.iter().map(|(name, key)| (*name, *key, None)).collect();
        let said: Vec<String> = trusting(&keys).refusals().into_iter().map(|(_, why)| why).collect();
        assert_eq!(said.is_empty(), expect.is_empty(), "{said:?}");
        assert!(said.join("; ").contains(expect), "{said:?}");
    };
    check(&[], "");
    check(&[("alex", &alex), ("bert@example.com", &bert)], "");
    check(&[("alex", &alex), ("alex", &bert)], "two keys cannot both have the name `alex`");
    check(&[("alex", &alex), ("bert", &alex)], &format!("two keys cannot both have the id {}", alex.id()));
    check(&[("", &alex)], "1 to 64 letters");
    check(&[("a\u{1b}[2J", &alex)], "1 to 64 letters");
}
