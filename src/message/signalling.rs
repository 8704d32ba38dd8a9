//! What signalling messages say (RFC 8323, section 5; docs/spec/session.md, sections 6.3 and 6.4).

#![forbid(unsafe_code)]

use crate::abi::*;
use crate::base::varint;

/// Our CSM: Max-Message-Size 8388864, Block-Wise-Transfer.
pub const OUR_CSM: [u8; 7] = [0x50, COAP_SIGNALING_CSM, 0x23, 0x80, 0x01, 0x00, 0x20];

/// The least Max-Message-Size that is believed (S22).
const LEAST_SIZE: usize = 64;

/// What a CSM says of its sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Csm {
    /// How long a message it takes, in bytes, if it says so.
    pub max_message_size: Option<usize>,
    /// Whether it can do block-wise transfer.
    pub block_wise: bool,
}

/// Reads a CSM. A Max-Message-Size of more than four bytes is ignored (S22).
pub fn csm(pdu: &coap_pdu_t) -> Csm {
    let mut csm = Csm::default();
    for option in pdu.options() {
        match option.number {
            COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE if option.value.len() <= 4 => {
                csm.max_message_size = Some((varint::decode(option.value) as usize).max(LEAST_SIZE));
            }
            COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER => csm.block_wise = true,
            _ => (),
        }
    }
    csm
}

/// The first option of a signalling message that must be understood and is not (X21). No critical one is defined.
pub fn unknown_critical(pdu: &coap_pdu_t) -> Option<u16> {
    pdu.options().map(|option| option.number).find(|number| number % 2 == 1)
}

/// An Abort, with the option that is the reason if there is one: its bytes, and how many of them count.
pub fn abort(bad_option: Option<u16>) -> ([u8; 5], usize) {
    const CODE: u8 = COAP_SIGNALING_ABORT;
    match bad_option.map(u16::to_be_bytes) {
        None => ([0x00, CODE, 0, 0, 0], 2),
        Some([0, low]) => ([0x20, CODE, 0x21, low, 0], 4),
        Some([high, low]) => ([0x30, CODE, 0x22, high, low], 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::pdu::OwnedPdu;

    fn with(code: u8, options: &[(u16, &[u8])]) -> OwnedPdu {
        let pdu = OwnedPdu::new(0, code, 0, 1000).unwrap();
        for &(number, value) in options {
            assert_ne!(pdu.add_option(number, value), 0);
        }
        pdu
    }

    #[test]
    fn s22_what_a_csm_says() {
        let size = |value: &[u8]| csm(&with(COAP_SIGNALING_CSM, &[(2, value)])).max_message_size;
        assert_eq!(csm(&with(COAP_SIGNALING_CSM, &[])), Csm::default());
        assert_eq!(size(&[]), Some(64));
        assert_eq!(size(&[63]), Some(64));
        assert_eq!(size(&[65]), Some(65));
        assert_eq!(size(&[0x80, 1, 0]), Some(8_388_864));
        assert_eq!(size(&[0xff; 4]), Some(0xffff_ffff));
        assert_eq!(size(&[1, 0, 0, 0, 0]), None);
        assert!(csm(&with(COAP_SIGNALING_CSM, &[(4, &[])])).block_wise);
        let ours = OwnedPdu::new(0, 0, 0, 100).unwrap();
        assert!(ours.parse(COAP_PROTO_TCP, &OUR_CSM));
        let expected = Csm { max_message_size: Some(COAP_DEFAULT_MAX_PDU_RX_SIZE), block_wise: true };
        assert_eq!((ours.code.get(), csm(&ours)), (COAP_SIGNALING_CSM, expected));
    }

    #[test]
    fn x21_critical_options_and_what_an_abort_says_of_them() {
        assert_eq!(unknown_critical(&with(COAP_SIGNALING_CSM, &[(2, &[1]), (4, &[]), (6, &[1])])), None);
        assert_eq!(unknown_critical(&with(COAP_SIGNALING_CSM, &[(2, &[1]), (3, &[])])), Some(3));
        for bad in [None, Some(1), Some(255), Some(257), Some(65_535)] {
            let (bytes, length) = abort(bad);
            let pdu = OwnedPdu::new(0, 0, 0, 100).unwrap();
            assert!(pdu.parse(COAP_PROTO_TCP, &bytes[..length]));
            assert_eq!(pdu.code.get(), COAP_SIGNALING_ABORT);
            assert_eq!(pdu.wire().len(), length);
            let told = pdu.option(COAP_SIGNALING_OPTION_BAD_CSM_OPTION).map(varint::decode);
            assert_eq!(told, bad.map(u32::from));
        }
    }
}
