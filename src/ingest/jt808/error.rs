//! Why a message could not be read.

/// Why a message could not be read or written. Says what was found and what is right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The message ends inside a field.
    #[error("{what}: {needed} bytes are needed and {got} are left")]
    Short {
        /// The field.
        what: &'static str,
        /// Bytes that the field needs.
        needed: usize,
        /// Bytes that are left.
        got: usize,
    },
    /// The header names another body length than the frame has.
    #[error("body length: the header says {declared} bytes and the frame has {got}")]
    BodyLength {
        /// The length in the header.
        declared: usize,
        /// The bytes that are there.
        got: usize,
    },
    /// The body is encrypted. Citygate has no key for it.
    #[error("encryption bits are {bits:03b}: encrypted bodies are not supported, send 000")]
    Encrypted {
        /// Bits 10 to 12 of the properties.
        bits: u8,
    },
    /// The phone number is not decimal digits, is zero, or is too long for the header.
    #[error("phone number `{value}`: give 1 to {digits_max} decimal digits that are not all zero")]
    Phone {
        /// The number as text or as hexadecimal digits.
        value: String,
        /// The most digits that the header holds.
        digits_max: usize,
    },
    /// A BCD time that names no instant.
    #[error("time {value:012x}: give BCD YYMMDDhhmmss of a date that exists")]
    Time {
        /// The six bytes as one number.
        value: u64,
    },
    /// Text that is not GBK.
    #[error("{what} is not GBK text")]
    Text {
        /// The field.
        what: &'static str,
    },
    /// A field does not fit into its message.
    #[error("{what} has {got} bytes, the most is {max}")]
    TooLong {
        /// The field.
        what: &'static str,
        /// Its length in bytes.
        got: usize,
        /// The most bytes.
        max: usize,
    },
    /// A registration body in no known layout.
    #[error("a registration of {got} bytes fits none of the layouts of 2011, 2013 and 2019")]
    Registration {
        /// The bytes of the body.
        got: usize,
    },
    /// A count that disagrees with what follows.
    #[error("{what}: {declared} are announced and {got} are there")]
    Count {
        /// What is counted.
        what: &'static str,
        /// The count in the message.
        declared: usize,
        /// The number that is there.
        got: usize,
    },
    /// A sub-package whose place is impossible, or of a message too large to put together.
    #[error("part {index} of {total}: parts go from 1 to their total, and the total is at most {total_max}")]
    Part {
        /// The part's place.
        index: u16,
        /// The parts of the message.
        total: u16,
        /// The most parts that are put together.
        total_max: u16,
    },
    /// A message that Citygate does not know.
    #[error("message 0x{id:04x} is not supported here")]
    Unknown {
        /// The message id.
        id: u16,
    },
}
