//! Sequences of bytes around every border of UTF-8 (RFC 3629 §3 and §4).

/// A name, and its sequences.
pub type Group = (&'static str, Vec<Vec<u8>>);

/// First bytes of sequences of two to six bytes, as the encoding had them once.
const LEADS: [(u8, u8); 5] = [(0xc0, 0xdf), (0xe0, 0xef), (0xf0, 0xf7), (0xf8, 0xfb), (0xfc, 0xfd)];

/// Every group, in the order of the cases.
pub fn groups() -> Vec<Group> {
    let greek = super::GREEK;
    let unfinished: Vec<Vec<u8>> = first_of_leads().chain(last_of_leads()).collect();
    vec![
        ("Text with a character of one to four bytes", inside_of_words()),
        ("A word in Greek, cut behind each byte", (1..=greek.len()).map(|end| greek[..end].to_vec()).collect()),
        ("The first character of each length", listed(&["\0", "\u{80}", "\u{800}", "\u{10000}"])),
        ("The first sequence of five and six bytes", raw(&[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"])),
        ("The last character of each length", listed(&["\x7f", "\u{7ff}", "\u{ffff}", "\u{10ffff}"])),
        ("The last sequence of four to six bytes", (4..=6).map(last_sequence).collect()),
        ("Around the surrogates and the last character", borders()),
        ("Bytes that continue nothing", continuations()),
        (
            "Lone first bytes",
            LEADS.iter().map(|(first, last)| (*first..*last).flat_map(|lead| [lead, b' ']).collect()).collect(),
        ),
        ("Sequences without their last byte", unfinished.clone()),
        ("All of those in a row", vec![unfinished.concat()]),
        ("Bytes that stand nowhere", raw(&[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"])),
        ("A slash in too many bytes", (2..=6).map(|size| scheme(size, 0x2f)).collect()),
        ("The last character in each number of bytes too many", (2..=6).map(last_overlong).collect()),
        ("NUL in too many bytes", (2..=6).map(|size| scheme(size, 0)).collect()),
        (
            "Halves of surrogate pairs",
            [0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff].map(|half| scheme(3, half)).to_vec(),
        ),
        ("Surrogate pairs", surrogate_pairs()),
        ("Code points that are no characters", noncharacters()),
        (
            "Special characters",
            (0xfff9..=0xffff).filter_map(char::from_u32).map(|c| c.to_string().into_bytes()).collect(),
        ),
    ]
}

fn listed(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn raw(sequences: &[&[u8]]) -> Vec<Vec<u8>> {
    sequences.iter().map(|bytes| bytes.to_vec()).collect()
}

fn inside_of_words() -> Vec<Vec<u8>> {
    let within = ['$', '¢', '€', '𤭢'].map(|character| format!("hello{character}world").into_bytes());
    within.into_iter().chain([super::GREEK.to_vec()]).collect()
}

/// The number in the old scheme, which went up to six bytes and did not ask for the shortest form.
fn scheme(size: usize, number: u32) -> Vec<u8> {
    let lead = match size {
        2 => 0xc0,
        3 => 0xe0,
        4 => 0xf0,
        5 => 0xf8,
        _ => 0xfc,
    };
    let bits = |place: usize| (number >> (6 * place) & 0x3f) as u8;
    let first = lead | bits(size - 1);
    std::iter::once(first).chain((0..size - 1).rev().map(|place| 0x80 | bits(place))).collect()
}

/// The last number that would fit into one byte less.
fn last_overlong(size: usize) -> Vec<u8> {
    scheme(size, (1 << [7, 11, 16, 21, 26][size - 2]) - 1)
}

fn last_sequence(size: usize) -> Vec<u8> {
    scheme(size, u32::MAX >> (32 - [21, 26, 31][size - 4]))
}

fn first_of_leads() -> impl Iterator<Item = Vec<u8>> {
    (2..=6).map(|size| without_last(scheme(size, 0)))
}

fn last_of_leads() -> impl Iterator<Item = Vec<u8>> {
    (2..=6).map(|size| without_last(scheme(size, u32::MAX >> (32 - [11, 16, 21, 26, 31][size - 2]))))
}

fn without_last(mut sequence: Vec<u8>) -> Vec<u8> {
    sequence.pop();
    sequence
}

fn borders() -> Vec<Vec<u8>> {
    let valid = ["\u{d7ff}", "\u{e000}", "\u{fffd}", "\u{10ffff}"];
    listed(&valid).into_iter().chain([scheme(4, 0x11_0000)]).collect()
}

fn continuations() -> Vec<Vec<u8>> {
    let pairs = [0x80, 0xbf].into_iter().cycle();
    let alternating = (2..=6).map(|length| pairs.clone().take(length).collect());
    let single = [vec![0x80], vec![0xbf]];
    single.into_iter().chain(alternating).chain([(0x80..0xbf).collect()]).collect()
}

fn surrogate_pairs() -> Vec<Vec<u8>> {
    let pair = |high| [0xdc00, 0xdfff].map(|low| [scheme(3, high), scheme(3, low)].concat());
    [0xd800, 0xdb7f, 0xdb80, 0xdbff].into_iter().flat_map(pair).collect()
}

/// The last two code points of each plane.
fn noncharacters() -> Vec<Vec<u8>> {
    let planes = (0..=0x10_u32).flat_map(|plane| [plane << 16 | 0xfffe, plane << 16 | 0xffff]);
    planes.filter_map(char::from_u32).map(|c| c.to_string().into_bytes()).collect()
}
