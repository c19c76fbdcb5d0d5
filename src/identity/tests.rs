use std::net::IpAddr;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use tempfile::TempDir;

use super::{people::SESSIONS_A_USER_MAX, *};
use crate::{
    access::{Action, ActionSet, Role},
    model::{Actor, Timestamp, UserId},
};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "a heron by the river";
const LIMITS: Limits = Limits { session_ms: 12 * 3_600_000, idle_ms: 3_600_000 };

/// The clock of tokens is the system's, so that of tests is too.
fn at(ms: i64) -> Timestamp {
    crate::bus::now().plus_ms(ms)
}

fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

fn edit(role: Role) -> AccountEdit {
    AccountEdit { name: "李娜".to_owned(), role, org: None, blocked: false }
}

fn shown<'a>(user: &'a UserId, password: &'a str, code: Option<&'a str>) -> SignIn<'a> {
    SignIn { user, password, code, address: HERE }
}

/// A state folder with the administrator `chief`, signed in.
fn with_chief() -> (TempDir, Identity, Opened) {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::open(folder.path(), LIMITS).unwrap();
    let code = identity.set_up_code();
    let (chief, name) = (user("chief"), "局长");
    let newcomer = Newcomer { code: &code, chosen: Some((&chief, name)), password: PASSWORD, address: HERE };
    let opened = identity.accept(newcomer, at(0)).unwrap();
    (folder, identity, opened)
}

#[test]
fn the_first_administrator_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::open(folder.path(), LIMITS).unwrap();
    assert!(identity.is_new());
    let (void, code) = (identity.set_up_code(), identity.set_up_code());
    let chief = user("chief");
    let newcomer = |code| Newcomer { code, chosen: Some((&chief, "局长")), password: PASSWORD, address: HERE };
    assert!(matches!(identity.accept(newcomer(&void), at(0)), Err(IdentityError::OneTimeCode)));
    let weak = Newcomer { password: "short", ..newcomer(&code) };
    assert!(matches!(identity.accept(weak, at(0)), Err(IdentityError::Password(_))), "the code is still good");
    let opened = identity.accept(newcomer(&code), at(0)).unwrap();
    let known = identity.by_session(&opened.secret, at(1)).unwrap();
    assert_eq!((known.pass.actor, known.pass.role, known.pass.org), (Actor::User(chief.clone()), Role::Administrator, None));
    assert!(!identity.is_new() && !identity.wants_set_up());
    assert!(matches!(identity.accept(newcomer(&code), at(0)), Err(IdentityError::OneTimeCode)));
    let more = identity.set_up_code();
    assert!(matches!(identity.accept(newcomer(&more), at(0)), Err(IdentityError::Taken(_))), "nobody's account is taken over");
    let deputy = user("deputy");
    identity.accept(Newcomer { chosen: Some((&deputy, "副局长")), ..newcomer(&more) }, at(0)).unwrap();
}

#[test]
fn sessions_and_accounts_outlive_the_process_and_nothing_secret_is_on_the_disk() {
    let (folder, identity, opened) = with_chief();
    let token = identity.issue(grant(Role::Gateway), at(0)).unwrap();
    drop(identity);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [&opened.secret as &str, PASSWORD, &token.text] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
    let identity = Identity::open(folder.path(), LIMITS).unwrap();
    assert!(identity.by_session(&opened.secret, at(1_000)).is_some() && identity.by_token(&token.text, at(0)).is_ok());
    assert!(identity.by_session("no such", at(0)).is_none());
    identity.sign_in(shown(&user("chief"), PASSWORD, None), at(0)).unwrap();
}

#[test]
fn wrong_names_and_passwords_are_told_alike_and_slow_down() {
    let (_folder, identity, _) = with_chief();
    let chief = user("chief");
    assert!(matches!(identity.sign_in(shown(&user("nobody"), PASSWORD, None), at(0)), Err(IdentityError::Wrong)));
    for _ in 0..5 {
        assert!(matches!(identity.sign_in(shown(&chief, "wrong", None), at(0)), Err(IdentityError::Wrong)));
    }
    assert!(matches!(identity.sign_in(shown(&chief, PASSWORD, None), at(0)), Err(IdentityError::Wait(_))), "the right one waits too");
    let elsewhere = SignIn { address: IpAddr::from([10, 0, 0, 9]), ..shown(&chief, PASSWORD, None) };
    identity.sign_in(elsewhere, at(0)).unwrap();
    identity.sign_in(shown(&chief, PASSWORD, None), at(1_100)).unwrap();
    identity.sign_in(shown(&chief, PASSWORD, None), at(1_100)).unwrap();
}

#[test]
fn sessions_end_by_time_by_word_and_when_the_account_changes() {
    let (_folder, identity, opened) = with_chief();
    let chief = user("chief");
    let known = identity.by_session(&opened.secret, at(0)).unwrap();
    assert!(identity.by_session(&opened.secret, at(3_600_000 + 1_000)).is_none(), "idle");
    identity.sweep(at(3_600_000 + 1_000)).unwrap();
    assert!(*known.ends.borrow(), "open sockets hear it");

    let mut all: Vec<Opened> = Vec::new();
    for n in 0..=SESSIONS_A_USER_MAX as i64 {
        all.push(identity.sign_in(shown(&chief, PASSWORD, None), at(n)).unwrap());
    }
    assert!(identity.by_session(&all[0].secret, at(0)).is_none(), "one more ends the oldest");
    let (one, two) = (Digest::of(&all[1].secret), Digest::of(&all[2].secret));
    identity.sign_out(one).unwrap();
    assert!(matches!(identity.end_session(&user("li.na"), &two.name()), Err(IdentityError::UnknownSession)), "somebody else's");
    identity.end_session(&chief, &two.name()).unwrap();
    assert!(all[1..3].iter().all(|opened| identity.by_session(&opened.secret, at(0)).is_none()));

    let new = identity.change_password(&chief, PASSWORD, "a kingfisher this time", HERE, at(0)).unwrap();
    assert!(all.iter().all(|opened| identity.by_session(&opened.secret, at(0)).is_none()));
    let known = identity.by_session(&new.secret, at(0)).unwrap();
    identity.put_account(&chief, edit(Role::Administrator), at(0)).unwrap();
    assert!(*known.ends.borrow() && identity.by_session(&new.secret, at(0)).is_none());
}

#[test]
fn accounts_are_made_reset_blocked_and_removed() {
    let (_folder, identity, _) = with_chief();
    let li = user("li.na");
    let code = identity.put_account(&li, edit(Role::Dispatcher), at(0)).unwrap().unwrap();
    assert!(matches!(identity.sign_in(shown(&li, "", None), at(0)), Err(IdentityError::Wrong)), "no password yet");
    fn newcomer(code: &str) -> Newcomer<'_> {
        Newcomer { code, chosen: None, password: PASSWORD, address: HERE }
    }
    assert!(matches!(identity.accept(newcomer(&code), at(8 * 86_400_000)), Err(IdentityError::OneTimeCode)), "too old");
    let opened = identity.accept(newcomer(&code.to_lowercase()), at(0)).unwrap();
    assert_eq!((opened.user.as_str(), identity.by_session(&opened.secret, at(0)).unwrap().pass.role), ("li.na", Role::Dispatcher));
    assert!(matches!(identity.accept(newcomer(&code), at(0)), Err(IdentityError::OneTimeCode)), "used");

    let again = identity.invite(&li, at(0)).unwrap();
    assert!(identity.by_session(&opened.secret, at(0)).is_none());
    assert!(matches!(identity.sign_in(shown(&li, PASSWORD, None), at(0)), Err(IdentityError::Wrong)), "the old password is void");
    identity.accept(newcomer(&again), at(0)).unwrap();
    assert_eq!(identity.put_account(&li, AccountEdit { blocked: true, ..edit(Role::Dispatcher) }, at(0)).unwrap(), None);
    assert!(matches!(identity.sign_in(shown(&li, PASSWORD, None), at(0)), Err(IdentityError::Wrong)));

    let chief = user("chief");
    for refused in [
        identity.put_account(&chief, edit(Role::Viewer), at(0)).map(|_| ()),
        identity.put_account(&chief, AccountEdit { blocked: true, ..edit(Role::Administrator) }, at(0)).map(|_| ()),
        identity.invite(&chief, at(0)).map(|_| ()),
        identity.remove_account(&chief),
    ] {
        assert!(matches!(refused, Err(IdentityError::LastAdministrator(_))), "{refused:?}");
    }
    identity.remove_account(&li).unwrap();
    assert!(matches!(identity.remove_account(&li), Err(IdentityError::UnknownUser(_))));
}

#[test]
fn a_second_factor_is_asked_for_and_each_code_opens_once() {
    let (_folder, identity, _) = with_chief();
    let (chief, second, now) = (user("chief"), Second::new(), at(0));
    let seconds = (now.unix_ms() / 1_000) as u64;
    let code = second.code(seconds);
    assert!(matches!(identity.set_second(shown(&chief, PASSWORD, Some("000")), second.clone(), now), Err(IdentityError::Wrong)));
    assert!(matches!(identity.set_second(shown(&chief, "wrong", Some(&code)), second.clone(), now), Err(IdentityError::Wrong)));
    identity.set_second(shown(&chief, PASSWORD, Some(&code)), second.clone(), now).unwrap();
    assert!(matches!(identity.sign_in(shown(&chief, PASSWORD, None), now), Err(IdentityError::CodeNeeded)));
    assert!(matches!(identity.sign_in(shown(&chief, PASSWORD, Some(&code)), now), Err(IdentityError::Wrong)), "it was used");
    let next = second.code(seconds + 30);
    identity.sign_in(shown(&chief, PASSWORD, Some(&next)), now).unwrap();
    assert!(matches!(identity.sign_in(shown(&chief, "wrong", Some(&next)), now), Err(IdentityError::Wrong)));
    identity.remove_second(&chief, PASSWORD, HERE, now).unwrap();
    identity.sign_in(shown(&chief, PASSWORD, None), now).unwrap();
}

fn grant(role: Role) -> Grant {
    Grant { actor: "program:cad".parse().unwrap(), role, org: None, only: ActionSet::ALL, days: 30 }
}

#[test]
fn tokens_open_what_they_are_for_until_they_are_over_or_revoked() {
    let (_folder, identity, _) = with_chief();
    let only = ActionSet::EMPTY.with(Action::Operate);
    let issued = identity.issue(Grant { only, ..grant(Role::Administrator) }, at(0)).unwrap();
    for _ in 0..2 {
        let known = identity.by_token(&issued.text, at(0)).unwrap();
        assert!(known.pass.may(Action::Operate) && !known.pass.may(Action::Administer));
        assert_eq!(known.pass.actor.to_string(), "program:cad");
    }
    let known = identity.by_token(&issued.text, at(0)).unwrap();
    assert!(identity.by_token(&issued.text, issued.expires).is_err(), "over, though its text was found right before");
    identity.revoke(&issued.id, at(0)).unwrap();
    assert!(*known.ends.borrow() && identity.by_token(&issued.text, at(0)).is_err());
    assert!(matches!(identity.revoke("none", at(0)), Err(IdentityError::UnknownToken)));
    for days in [0, DAYS_MAX + 1] {
        assert!(matches!(identity.issue(Grant { days, ..grant(Role::Viewer) }, at(0)), Err(IdentityError::Days)));
    }
    let old = identity.issue(Grant { days: 1, ..grant(Role::Viewer) }, at(-2 * 86_400_000)).unwrap();
    assert!(identity.by_token(&old.text, at(0)).is_err(), "over");
}

#[test]
fn keys_rotate_and_old_tokens_stay_good() {
    let (_folder, identity, _) = with_chief();
    let day = 86_400_000;
    let old = identity.issue(Grant { days: 200, ..grant(Role::Viewer) }, at(-100 * day)).unwrap();
    let new = identity.issue(grant(Role::Viewer), at(0)).unwrap();
    let keys = |identity: &Identity| identity.tokens().into_iter().map(|(_, token)| token.key).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys(&identity).len(), 2);
    identity.sweep(at(0)).unwrap();
    assert!(identity.by_token(&old.text, at(0)).is_ok() && identity.by_token(&new.text, at(0)).is_ok());
    identity.sweep(at(150 * day)).unwrap();
    assert!(identity.tokens().is_empty() && identity.state.read().keys.is_empty(), "nothing is left that they signed");
}

#[test]
fn forged_tokens_open_nothing() {
    let (folder, identity, _) = with_chief();
    let issued = identity.issue(grant(Role::Viewer), at(0)).unwrap();
    let bad = |text: &str| assert!(matches!(identity.by_token(text, at(0)), Err(IdentityError::BadToken)), "{text}");
    let parts: Vec<&str> = issued.text.split('.').collect();
    let (_, token) = identity.tokens().into_iter().next().unwrap();
    let claims = json!({"iss": AUDIENCE, "aud": AUDIENCE, "sub": "program:cad", "jti": issued.id, "role": "administrator", "iat": 0, "exp": 9_999_999_999_i64});
    let header = |algorithm| Header { kid: Some(token.key.clone()), ..Header::new(algorithm) };
    let base64 = |json: &serde_json::Value| {
        // What jsonwebtoken writes for claims, cut out of a token of its own.
        encode(&Header::default(), json, &EncodingKey::from_secret(b"x")).unwrap().split('.').nth(1).unwrap().to_owned()
    };
    let none = base64(&json!({"alg": "none", "typ": "JWT", "kid": token.key}));
    bad(&format!("{none}.{}.", base64(&claims)));
    bad(&format!("{}.{}.{}", parts[0], base64(&claims), parts[2]));
    bad(&format!("{}.{}.", parts[0], parts[1]));
    bad(&encode(&header(Algorithm::HS256), &claims, &EncodingKey::from_secret(token.key.as_bytes())).unwrap());
    for text in ["", "a", "a.b.c", &"x".repeat(5_000)] {
        bad(text);
    }
    // Signed by the right key, for somebody else.
    let key = identity.state.read().keys[&token.key].clone();
    let signed = |audience: &str| {
        let pair = ed25519_dalek::SigningKey::from_bytes(&secret::unhex(&key_secret(&key)).unwrap());
        let private = ed25519_dalek::pkcs8::EncodePrivateKey::to_pkcs8_der(&pair).unwrap();
        let mut claims = claims.clone();
        claims["aud"] = json!(audience);
        encode(&header(Algorithm::EdDSA), &claims, &EncodingKey::from_ed_der(private.as_bytes())).unwrap()
    };
    bad(&signed("another-server"));
    assert_eq!(identity.by_token(&signed(AUDIENCE), at(0)).unwrap().pass.role, Role::Viewer, "what it may do is what was given");
    // Another server's own.
    drop(folder);
    let (_other, other, _) = with_chief();
    bad(&other.issue(grant(Role::Administrator), at(0)).unwrap().text);
}

fn key_secret(key: &token::Key) -> String {
    serde_json::to_value(key).unwrap()["secret"].as_str().unwrap().to_owned()
}
