//! Authentication codes that need no table: the code of a terminal is a keyed hash of its phone number.
//!
//! The hash is SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012):
//! without the key, codes of other phones do not help to guess one. A server that keeps its secret accepts
//! its codes after a restart; one with a new secret makes terminals register again.

use std::fmt;

use super::Phone;

/// The length of an authentication code: 16 hexadecimal digits.
pub const AUTH_CODE_LEN: usize = 16;

/// The secret that authentication codes are made with. `Debug` does not show it.
#[derive(Clone)]
pub struct AuthSecret([u64; 2]);

impl AuthSecret {
    /// From 16 random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        let all = u128::from_le_bytes(bytes);
        Self([all as u64, (all >> 64) as u64])
    }

    /// The code that this terminal gets when it registers: lower-case hexadecimal digits.
    #[must_use]
    pub fn code(&self, phone: &Phone) -> [u8; AUTH_CODE_LEN] {
        let hash = sip_hash(self.0, phone.bcd());
        let mut code = [0; AUTH_CODE_LEN];
        for (place, digit) in code.iter_mut().rev().enumerate() {
            let nibble = (hash >> (4 * place) & 0xf) as u8;
            *digit = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        code
    }

    /// Whether `code` is this terminal's. Takes the same time for every wrong code of the right length.
    #[must_use]
    pub fn is_code(&self, phone: &Phone, code: &[u8]) -> bool {
        let right = self.code(phone);
        code.len() == right.len() && code.iter().zip(&right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }
}

impl fmt::Debug for AuthSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthSecret(..)")
    }
}

fn rounds(v: &mut [u64; 4], count: usize) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
}

fn sip_hash(key: [u64; 2], data: &[u8]) -> u64 {
    let mut v =
        [key[0] ^ 0x736f_6d65_7073_6575, key[1] ^ 0x646f_7261_6e64_6f6d, key[0] ^ 0x6c79_6765_6e65_7261, key[1] ^ 0x7465_6462_7974_6573];
    let (words, tail) = data.as_chunks::<8>();
    let tail = tail.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    let last = ((data.len() as u64) << 56) | tail;
    for word in words.iter().map(|word| u64::from_le_bytes(*word)).chain([last]) {
        v[3] ^= word;
        rounds(&mut v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(&mut v, 4);
    v.iter().fold(0, |hash, word| hash ^ word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors() {
        let key = std::array::from_fn(|at| at as u8);
        let AuthSecret(key) = AuthSecret::new(key);
        let data: [u8; 15] = std::array::from_fn(|at| at as u8);
        assert_eq!(sip_hash(key, &data), 0xa129_ca61_49be_45e5);
        assert_eq!(sip_hash(key, &[]), 0x726f_db47_dd0e_0e31);
    }

    #[test]
    fn codes_belong_to_one_phone_and_one_secret() {
        let (ours, other) = (AuthSecret::new([7; 16]), AuthSecret::new([8; 16]));
        let (a, b): (Phone, Phone) = ("13800000001".parse().unwrap(), "13800000002".parse().unwrap());
        assert!(ours.is_code(&a, &ours.code(&a)));
        for wrong in [&ours.code(&b)[..], &other.code(&a), b"", &ours.code(&a)[..15]] {
            assert!(!ours.is_code(&a, wrong));
        }
        assert_eq!(format!("{ours:?}"), "AuthSecret(..)");
    }
}
