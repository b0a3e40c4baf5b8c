import { madd } from '../../assembly/simd';

/** Bytes of a list entry: the offset of a weight row within a strip, then the value that multiplies it. */
const ENTRY: usize = 8;

/** Bytes of a weight row within a strip: seven sums, seven loads and the factor fit sixteen registers. */
const STRIP: usize = 112;

/** Rows of a strip that are used at a time: 28 KB, for the first-level cache. */
const BLOCK: i32 = 256;

/**
 * h[b, :] = decay * h[b, :] + Σ q[b, j] * W[:, j] over the non-zero q[b, j], ascending; out[b, :] += h[b, :].
 * `strips` holds W by strips of 28 columns i of h: [strip, nPost, 28]. `scratch` holds 8 * batch * min(256, nPost) +
 * 4 * batch bytes.
 *
 * The batch goes innermost: the lists, in the order of their use, stream past a piece of the weights that stays in the
 * nearest cache. Every element starts from decay * h and adds its products in ascending j: the bits of a row depend
 * neither on the batch nor on its position.
 */
export function leakyFeedback(
  batch: i32, nPost: i32, q: usize, ldq: i32, strips: usize,
  nPre: i32, h: usize, ldh: i32, decay: f32, out: usize, ldo: i32, scratch: usize,
): void {
  const lists = scratch + ((<usize>batch) << 2);
  const width = (<usize>((nPre + 3) & ~3)) << 2;
  let scale = f32x4.splat(decay);
  // At least one round: without q, h still decays.
  for (let j = 0; ; j += BLOCK) {
    const depth = min(BLOCK, nPost - j);
    listNonZeros(batch, depth, q + ((<usize>j) << 2), (<usize>ldq) << 2, scratch);
    addStrips(scratch, lists, strips + <usize>j * STRIP, <usize>nPost * STRIP, width, h, (<usize>ldh) << 2, scale);
    if (j + BLOCK >= nPost) break;
    scale = f32x4.splat(1);
  }
  for (let b = 0; b < batch; b++, h += (<usize>ldh) << 2, out += (<usize>ldo) << 2) {
    for (let at: usize = 0; at < width; at += 16) {
      v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(h + at)));
    }
  }
}

/** Lists the non-zeros of every row, one list after the other; `ends`, [batch], has the end of each, followed by the lists. */
function listNonZeros(batch: i32, n: i32, q: usize, qRow: usize, ends: usize): void {
  const lists = ends + ((<usize>batch) << 2);
  let list = lists;
  for (; ends < lists; ends += 4, q += qRow) {
    list = listRow(q, n, list);
    store<u32>(ends, <u32>list);
  }
}

/** Appends the non-zeros of one row to `list`, 64 at a time; returns its new end. */
function listRow(q: usize, n: i32, list: usize): usize {
  const zero = f32x4.splat(0);
  let offset: usize = 0;
  for (let first = 0; first < n; first += 64, q += 256, offset += STRIP << 6) {
    const here = min(64, n - first);
    let word: u64 = 0;
    for (let i = 0; i < here; i += 4) {
      const nibble = i32x4.bitmask(f32x4.ne(v128.load(q + ((<usize>i) << 2)), zero));
      word |= (<u64>nibble) << <u64>i;
    }
    if (here < 64) word &= ((<u64>1) << <u64>here) - 1;
    while (word) {
      const i = <usize>ctz(word);
      store<u32>(list, <u32>(offset + i * STRIP));
      store<u32>(list, load<u32>(q + (i << 2)), 4);
      list += ENTRY;
      word &= word - 1;
    }
  }
  return list;
}

/** h = scale * h + what the lists add, strip by strip. */
function addStrips(
  ends: usize, lists: usize, strip: usize, next: usize, width: usize, h: usize, hRow: usize, scale: v128,
): void {
  for (; width >= STRIP; width -= STRIP, h += STRIP, strip += next) strip28(ends, lists, strip, h, hRow, scale);
  if (width >= 64) {
    strip16(ends, lists, strip, h, hRow, scale);
    width -= 64;
    h += 64;
    strip += 64;
  }
  for (; width > 0; width -= 16, h += 16, strip += 16) strip4(ends, lists, strip, h, hRow, scale);
}

function strip28(ends: usize, list: usize, strip: usize, h: usize, hRow: usize, scale: v128): void {
  for (const last = list; ends < last; ends += 4, h += hRow) {
    const end = <usize>load<u32>(ends);
    let s0 = f32x4.mul(scale, v128.load(h));
    let s1 = f32x4.mul(scale, v128.load(h, 16));
    let s2 = f32x4.mul(scale, v128.load(h, 32));
    let s3 = f32x4.mul(scale, v128.load(h, 48));
    let s4 = f32x4.mul(scale, v128.load(h, 64));
    let s5 = f32x4.mul(scale, v128.load(h, 80));
    let s6 = f32x4.mul(scale, v128.load(h, 96));
    for (; list < end; list += ENTRY) {
      const row = <usize>load<u32>(list) + strip;
      const x = v128.load32_splat(list, 4);
      s0 = madd(x, v128.load(row), s0);
      s1 = madd(x, v128.load(row, 16), s1);
      s2 = madd(x, v128.load(row, 32), s2);
      s3 = madd(x, v128.load(row, 48), s3);
      s4 = madd(x, v128.load(row, 64), s4);
      s5 = madd(x, v128.load(row, 80), s5);
      s6 = madd(x, v128.load(row, 96), s6);
    }
    v128.store(h, s0);
    v128.store(h, s1, 16);
    v128.store(h, s2, 32);
    v128.store(h, s3, 48);
    v128.store(h, s4, 64);
    v128.store(h, s5, 80);
    v128.store(h, s6, 96);
  }
}

function strip16(ends: usize, list: usize, strip: usize, h: usize, hRow: usize, scale: v128): void {
  for (const last = list; ends < last; ends += 4, h += hRow) {
    const end = <usize>load<u32>(ends);
    let s0 = f32x4.mul(scale, v128.load(h));
    let s1 = f32x4.mul(scale, v128.load(h, 16));
    let s2 = f32x4.mul(scale, v128.load(h, 32));
    let s3 = f32x4.mul(scale, v128.load(h, 48));
    for (; list < end; list += ENTRY) {
      const row = <usize>load<u32>(list) + strip;
      const x = v128.load32_splat(list, 4);
      s0 = madd(x, v128.load(row), s0);
      s1 = madd(x, v128.load(row, 16), s1);
      s2 = madd(x, v128.load(row, 32), s2);
      s3 = madd(x, v128.load(row, 48), s3);
    }
    v128.store(h, s0);
    v128.store(h, s1, 16);
    v128.store(h, s2, 32);
    v128.store(h, s3, 48);
  }
}

function strip4(ends: usize, list: usize, strip: usize, h: usize, hRow: usize, scale: v128): void {
  for (const last = list; ends < last; ends += 4, h += hRow) {
    const end = <usize>load<u32>(ends);
    let sum = f32x4.mul(scale, v128.load(h));
    for (; list < end; list += ENTRY) {
      sum = madd(v128.load32_splat(list, 4), v128.load(<usize>load<u32>(list) + strip), sum);
    }
    v128.store(h, sum);
  }
}
