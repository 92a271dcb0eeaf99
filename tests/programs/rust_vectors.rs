/* Rust, with the vectors of std::arch::wasm32: dot products, a search for a byte, and what the compiler makes of
 * iterators; allocation, formatting and closures are the standard library's.
 *
 * cflags: -C target-feature=+simd128
 * native:
 * run: 1000
 * run: 12345
 * stdin: a line of text\nand another, which is the last\n
 */
use std::collections::BTreeMap;
use std::io::Read;

#[cfg(target_arch = "wasm32")]
fn dot(a: &[i16], b: &[i16]) -> i32 {
    use std::arch::wasm32::*;
    let mut sum = i32x4_splat(0);
    for (x, y) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        let (x, y) = unsafe { (v128_load(x.as_ptr().cast()), v128_load(y.as_ptr().cast())) };
        sum = i32x4_add(sum, i32x4_dot_i16x8(x, y));
    }
    let halves = i32x4_add(sum, i32x4_shuffle::<2, 3, 0, 1>(sum, sum));
    i32x4_extract_lane::<0>(halves).wrapping_add(i32x4_extract_lane::<1>(halves))
}

#[cfg(target_arch = "wasm32")]
fn count_byte(bytes: &[u8], wanted: u8) -> u32 {
    use std::arch::wasm32::*;
    let pattern = u8x16_splat(wanted);
    bytes.chunks_exact(16).map(|chunk| {
        let found = i8x16_eq(unsafe { v128_load(chunk.as_ptr().cast()) }, pattern);
        u8x16_bitmask(found).count_ones()
    }).sum()
}

#[cfg(not(target_arch = "wasm32"))]
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let whole = a.len() & !7;
    a[..whole].iter().zip(&b[..whole]).fold(0i32, |sum, (&x, &y)| sum.wrapping_add(x as i32 * y as i32))
}

#[cfg(not(target_arch = "wasm32"))]
fn count_byte(bytes: &[u8], wanted: u8) -> u32 {
    bytes[..bytes.len() & !15].iter().filter(|&&byte| byte == wanted).count() as u32
}

fn numbers(count: usize, seed: u32) -> Vec<i16> {
    let mut state = seed;
    (0..count).map(|_| {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 16) as i16
    }).collect()
}

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(8);
    let (a, b) = (numbers(count, 1), numbers(count, 2));
    println!("dot {}", dot(&a, &b));

    let bytes: Vec<u8> = a.iter().flat_map(|x| x.to_le_bytes()).collect();
    println!("zeros {}", count_byte(&bytes, 0));

    let scaled: Vec<f32> = a.iter().zip(&b).map(|(&x, &y)| x as f32 * 0.5 + y as f32).collect();
    let largest = scaled.iter().cloned().fold(f32::MIN, f32::max);
    println!("largest {largest:.1}, {} above zero", scaled.iter().filter(|&&x| x > 0.0).count());

    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let mut words = BTreeMap::new();
    for word in text.split_whitespace() {
        *words.entry(word.trim_end_matches(',')).or_insert(0) += 1;
    }
    println!("{words:?}");
}
