//! The number of random bytes in a frame of `auth_chain_*`, and the position of the payload among them. Both ends
//! derive it from a generator (xorshift128+) seeded with the previous frame, so it is not transmitted.

/// xorshift128+ as in Vigna's paper, with the shifts 23, 17, 26.
#[derive(Clone, Debug)]
pub struct Xorshift {
    a: u64,
    b: u64,
}

impl Xorshift {
    /// Seeded with the first 16 bytes of `seed`, as two little-endian numbers; a shorter one is padded with zeros.
    pub fn new(seed: &[u8]) -> Self {
        let mut state = [0; 16];
        let len = seed.len().min(16);
        state[..len].copy_from_slice(&seed[..len]);
        let state = u128::from_le_bytes(state);
        Self { a: state as u64, b: (state >> 64) as u64 }
    }

    /// Seeded for one frame: the first two bytes of `seed` are replaced by the payload's length, and four draws are
    /// discarded.
    pub fn for_frame(mut seed: [u8; 16], payload: usize) -> Self {
        seed[..2].copy_from_slice(&(payload as u16).to_le_bytes());
        let mut generator = Self::new(&seed);
        (0..4).for_each(|_| {
            generator.draw();
        });
        generator
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        let (mut x, y) = (self.a, self.b);
        x ^= x << 23;
        x ^= y ^ (x >> 17) ^ (y >> 26);
        self.a = y;
        self.b = x;
        x.wrapping_add(y)
    }

    /// The next number modulo `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.draw() % limit as u64) as usize
    }
}

/// How frames are padded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainPad {
    /// `auth_chain_a`: to any size, less for longer payloads.
    A,
    /// `auth_chain_b`: to sizes from two sorted lists that are derived from the key, so that they differ between
    /// servers.
    B {
        /// Tried first.
        first: Vec<usize>,
        /// Tried if the draw exceeds the first list.
        second: Vec<usize>,
        /// Bytes that protocol and obfuscation add to a packet.
        overhead: usize,
    },
}

impl ChainPad {
    /// For `auth_chain_a`.
    pub fn a() -> Self {
        Self::A
    }

    /// For `auth_chain_b`.
    pub fn b(key: &[u8], overhead: u16) -> Self {
        let mut generator = Xorshift::new(key);
        let first = sizes(&mut generator, 8, 4);
        let second = sizes(&mut generator, 16, 8);
        Self::B { first, second, overhead: overhead.into() }
    }

    /// The protocol's name, which salts its key.
    pub fn salt(&self) -> &'static str {
        match self {
            Self::A => "auth_chain_a",
            Self::B { .. } => "auth_chain_b",
        }
    }

    /// Number of random bytes for a payload of `payload` bytes. `generator` is the frame's.
    pub fn len(&self, payload: usize, generator: &mut Xorshift) -> usize {
        match self {
            Self::A if payload > 1440 => 0,
            Self::A => tail(payload, generator),
            Self::B { .. } if payload >= 1440 => 0,
            Self::B { first, second, overhead } => {
                let size = payload + overhead;
                match pick(first, size, generator) {
                    Pick::Size(chosen) => chosen - size,
                    Pick::Excess { .. } => match pick(second, size, generator) {
                        Pick::Size(chosen) => chosen - size,
                        Pick::Excess { index, from } if index < from + second.len() - 1 => 0,
                        Pick::Excess { .. } => tail(payload, generator),
                    },
                }
            }
        }
    }
}

/// How many of `pad` random bytes precede the payload. `generator` is the frame's, after [`ChainPad::len`].
pub fn payload_start(payload: usize, pad: usize, generator: &mut Xorshift) -> usize {
    /// The reference takes the draw modulo this prime first.
    const PRIME: u64 = 8_589_934_609;
    if payload == 0 || pad == 0 { 0 } else { ((generator.draw() % PRIME) % pad as u64) as usize }
}

/// `least` up to `least + spread - 1` sizes, sorted.
fn sizes(generator: &mut Xorshift, spread: usize, least: usize) -> Vec<usize> {
    let count = generator.below(spread) + least;
    let mut sizes: Vec<usize> = (0..count).map(|_| generator.below(2340) % 2040 % 1440).collect();
    sizes.sort_unstable();
    sizes
}

enum Pick {
    Size(usize),
    /// The draw, counted from the first size that is large enough, exceeded the list.
    Excess {
        index: usize,
        from: usize,
    },
}

fn pick(sizes: &[usize], least: usize, generator: &mut Xorshift) -> Pick {
    let from = sizes.partition_point(|size| *size < least);
    let index = from + generator.below(sizes.len());
    sizes.get(index).map_or(Pick::Excess { index, from }, |size| Pick::Size(*size))
}

fn tail(payload: usize, generator: &mut Xorshift) -> usize {
    let limit = match payload {
        ..=400 => 1021,
        401..=900 => 521,
        901..=1300 => 127,
        1301.. => 31,
    };
    generator.below(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssr::vectors;

    #[test]
    fn the_generator_matches_the_reference() {
        let vectors = vectors::protocols();
        let of = |index: usize| {
            let vector = &vectors["xorshift128plus"][index];
            let seed: [u8; 16] = vectors::hex(&vector["bin"]).try_into().unwrap();
            let numbers: Vec<u64> =
                vector["next"].as_array().unwrap().iter().map(|it| vectors::text(it).parse().unwrap()).collect();
            (seed, numbers)
        };
        let draw = |mut generator: Xorshift, count| (0..count).map(|_| generator.draw()).collect::<Vec<_>>();
        let (seed, numbers) = of(0);
        assert_eq!(draw(Xorshift::new(&seed), numbers.len()), numbers);
        let (seed, numbers) = of(1);
        assert_eq!(draw(Xorshift::for_frame(seed, 1234), numbers.len()), numbers);
    }

    #[test]
    fn lengths_match_the_reference() {
        let vectors = vectors::protocols();
        let key = vectors::hex(&vectors["auth_chain_b_sizes"]["key"]);
        for vector in vectors["rnd_data_len"].as_array().unwrap() {
            let seed: [u8; 16] = vectors::hex(&vector["last_hash"]).try_into().unwrap();
            let size = vector["size"].as_u64().unwrap() as usize;
            let len = |pad: ChainPad| pad.len(size, &mut Xorshift::for_frame(seed, size)) as u64;
            assert_eq!(Some(len(ChainPad::a())), vector["chain_a"].as_u64(), "a, {size}");
            assert_eq!(Some(len(ChainPad::b(&key, 4))), vector["chain_b_overhead4"].as_u64(), "b, {size}");
        }
    }

    #[test]
    fn the_lists_of_chain_b_are_derived_from_the_key() {
        let vectors = vectors::protocols();
        let vector = &vectors["auth_chain_b_sizes"];
        let list = |name: &str| -> Vec<usize> {
            vector[name].as_array().unwrap().iter().map(|it| it.as_u64().unwrap() as usize).collect()
        };
        let expected = ChainPad::B { first: list("list1"), second: list("list2"), overhead: 4 };
        assert_eq!(ChainPad::b(&vectors::hex(&vector["key"]), 4), expected);
    }
}
