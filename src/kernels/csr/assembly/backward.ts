// dE/d activity through sparse weights. Rows are taken 16, 8 or 4 at a time, four to a vector (a block), the rest one by one.
// Only what the gate asks for is computed: a neuron's blocks with a row that wants it.
import { transpose } from '../../vectors/assembly/vectors';

/** Offset of synapse number `rowPtr[i]`, in bytes; i in bytes. */
@inline
function start(rowPtr: usize, i: usize): usize {
  return (<usize>load<u32>(rowPtr + i)) << 2;
}

/** The offset of the first or last of the blocks in a mask of four. */
@inline
function firstBlock(blocks: u32): usize {
  return (<usize>ctz(blocks)) << 4;
}

@inline
function lastBlock(blocks: u32): usize {
  return (<usize>(31 - clz(blocks))) << 4;
}

/** dX[row, i] (+)= the four rows of a block; `block` is its offset in a row of lanes, 16 bytes each. */
@inline
function putBlock(x: v128, block: usize, dx: usize, dxRow: usize, accumulate: i32): void {
  const d0 = dx + (block >> 2) * dxRow;
  const d1 = d0 + dxRow;
  const d2 = d1 + dxRow;
  const d3 = d2 + dxRow;
  store<f32>(d0, accumulate ? load<f32>(d0) + f32x4.extract_lane(x, 0) : f32x4.extract_lane(x, 0));
  store<f32>(d1, accumulate ? load<f32>(d1) + f32x4.extract_lane(x, 1) : f32x4.extract_lane(x, 1));
  store<f32>(d2, accumulate ? load<f32>(d2) + f32x4.extract_lane(x, 2) : f32x4.extract_lane(x, 2));
  store<f32>(d3, accumulate ? load<f32>(d3) + f32x4.extract_lane(x, 3) : f32x4.extract_lane(x, 3));
}

/** All four blocks of neuron i: Σ w[k] · lanes[post[k]], k ascending. */
@inline
function fourBlocks(i: usize, rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const k = start(rowPtr, i);
  const until = w + start(rowPtr, i + 4);
  for (let at = w + k, target = post + k; at < until; at += 4, target += 4) {
    const weight = v128.load32_splat(at);
    const from = lanes + ((<usize>load<u32>(target)) << 6);
    s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(from)));
    s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(from, 16)));
    s2 = f32x4.add(s2, f32x4.mul(weight, v128.load(from, 32)));
    s3 = f32x4.add(s3, f32x4.mul(weight, v128.load(from, 48)));
  }
  putBlock(s0, 0, dx + i, dxRow, accumulate);
  putBlock(s1, 16, dx + i, dxRow, accumulate);
  putBlock(s2, 32, dx + i, dxRow, accumulate);
  putBlock(s3, 48, dx + i, dxRow, accumulate);
}

/** Two blocks each of neurons i and j, both at a time to hide the latency of the sums; of i alone where they are the same. */
@inline
function twoBlocks(
  i: usize, ofI: u32, j: usize, ofJ: u32, shift: usize,
  rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32,
): void {
  let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0;
  // Two blocks of two: constants, which this is compiled for.
  const all = shift == 5;
  const s0At: usize = all ? 0 : firstBlock(ofI), s1At: usize = all ? 16 : lastBlock(ofI);
  const t0At: usize = all ? 0 : firstBlock(ofJ), t1At: usize = all ? 16 : lastBlock(ofJ);
  let k = w + start(rowPtr, i), l = w + start(rowPtr, j);
  const kEnd = w + start(rowPtr, i + 4), lEnd = i == j ? l : w + start(rowPtr, j + 4);
  let pk = post + start(rowPtr, i), pl = post + start(rowPtr, j);
  for (const until = k + min(kEnd - k, lEnd - l); k < until; k += 4, pk += 4, l += 4, pl += 4) {
    const weight = v128.load32_splat(k);
    const at = lanes + ((<usize>load<u32>(pk)) << shift);
    s0 = f32x4.add(s0, f32x4.mul(weight, all ? v128.load(at) : v128.load(at + s0At)));
    s1 = f32x4.add(s1, f32x4.mul(weight, all ? v128.load(at, 16) : v128.load(at + s1At)));
    const other = v128.load32_splat(l);
    const there = lanes + ((<usize>load<u32>(pl)) << shift);
    t0 = f32x4.add(t0, f32x4.mul(other, all ? v128.load(there) : v128.load(there + t0At)));
    t1 = f32x4.add(t1, f32x4.mul(other, all ? v128.load(there, 16) : v128.load(there + t1At)));
  }
  for (; k < kEnd; k += 4, pk += 4) {
    const weight = v128.load32_splat(k);
    const at = lanes + ((<usize>load<u32>(pk)) << shift);
    s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(at + s0At)));
    s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(at + s1At)));
  }
  for (; l < lEnd; l += 4, pl += 4) {
    const other = v128.load32_splat(l);
    const there = lanes + ((<usize>load<u32>(pl)) << shift);
    t0 = f32x4.add(t0, f32x4.mul(other, v128.load(there + t0At)));
    t1 = f32x4.add(t1, f32x4.mul(other, v128.load(there + t1At)));
  }
  putBlock(s0, s0At, dx + i, dxRow, accumulate);
  putBlock(s1, s1At, dx + i, dxRow, accumulate);
  if (i == j) return;
  putBlock(t0, t0At, dx + j, dxRow, accumulate);
  putBlock(t1, t1At, dx + j, dxRow, accumulate);
}

// These are not inlined where they are called: their loops have the registers to themselves.

/** All of two blocks. */
function twoOfTwo(i: usize, j: usize, rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32): void {
  twoBlocks(i, 3, j, 3, 5, rowPtr, post, w, lanes, dx, dxRow, accumulate);
}

function twoOfFour(
  i: usize, ofI: u32, j: usize, ofJ: u32,
  rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32,
): void {
  twoBlocks(i, ofI, j, ofJ, 6, rowPtr, post, w, lanes, dx, dxRow, accumulate);
}

/** As {@link twoBlocks}, one block each. */
function oneBlock(
  i: usize, ofI: u32, j: usize, ofJ: u32, shift: usize,
  rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32,
): void {
  let s = f32x4.splat(0), t = s;
  const sAt: usize = shift == 4 ? 0 : firstBlock(ofI), tAt: usize = shift == 4 ? 0 : firstBlock(ofJ);
  let k = start(rowPtr, i), l = start(rowPtr, j);
  const kEnd = start(rowPtr, i + 4), lEnd = i == j ? l : start(rowPtr, j + 4);
  const sFrom = lanes + sAt, tFrom = lanes + tAt;
  for (const until = k + min(kEnd - k, lEnd - l); k < until; k += 4, l += 4) {
    s = f32x4.add(s, f32x4.mul(v128.load32_splat(w + k), v128.load(sFrom + ((<usize>load<u32>(post + k)) << shift))));
    t = f32x4.add(t, f32x4.mul(v128.load32_splat(w + l), v128.load(tFrom + ((<usize>load<u32>(post + l)) << shift))));
  }
  for (; k < kEnd; k += 4) {
    s = f32x4.add(s, f32x4.mul(v128.load32_splat(w + k), v128.load(sFrom + ((<usize>load<u32>(post + k)) << shift))));
  }
  for (; l < lEnd; l += 4) {
    t = f32x4.add(t, f32x4.mul(v128.load32_splat(w + l), v128.load(tFrom + ((<usize>load<u32>(post + l)) << shift))));
  }
  putBlock(s, sAt, dx + i, dxRow, accumulate);
  if (i != j) putBlock(t, tAt, dx + j, dxRow, accumulate);
}

/** Which of 64 neurons a block of four rows wants; all `present` ones without a gate. */
@inline
function wanted(gate: usize, gateRow: usize, present: u64): u64 {
  if (gateRow == 0) return present;
  const g2 = gate + (gateRow << 1);
  return load<u64>(gate) | load<u64>(gate + gateRow) | load<u64>(g2) | load<u64>(g2 + gateRow);
}

/** The blocks that want neuron n of 64. */
@inline
function blocksOf(n: u64, a: u64, b: u64, c: u64, d: u64): u32 {
  return <u32>(((a >> n) & 1) | (((b >> n) & 1) << 1) | (((c >> n) & 1) << 2) | (((d >> n) & 1) << 3));
}

/** 4, 8 or 16 rows, 2^shift bytes of them in a row of lanes: neurons of as many wanted blocks one after the other. */
@inline
function backwardBlocks(
  shift: usize, nPre: i32, rowPtr: usize, post: usize, w: usize, lanes: usize,
  dx: usize, dxRow: usize, accumulate: i32, gate: usize, gateRow: usize,
): void {
  for (let first = 0; first < nPre; first += 64, rowPtr += 256, dx += 256, gate += 8) {
    const here = min(64, nPre - first);
    const present = u64.MAX_VALUE >> (<u64>(64 - here));
    const a = wanted(gate, gateRow, present);
    const b: u64 = shift > 4 ? wanted(gate + (gateRow << 2), gateRow, present) : 0;
    const c: u64 = shift > 5 ? wanted(gate + (gateRow << 3), gateRow, present) : 0;
    const d: u64 = shift > 5 ? wanted(gate + 12 * gateRow, gateRow, present) : 0;
    const any = a | b | c | d;
    let two = (a & b) | (c & d) | ((a | b) & (c | d));
    let one = any ^ two;
    if (shift > 5) {
      let more = (a & b & (c | d)) | (c & d & (a | b));
      two ^= more;
      for (; more; more &= more - 1) {
        fourBlocks((<usize>ctz(more)) << 2, rowPtr, post, w, lanes, dx, dxRow, accumulate);
      }
    }
    while (two) {
      const m = ctz(two);
      two &= two - 1;
      const n = two ? ctz(two) : m;
      two &= two - 1;
      const i = (<usize>m) << 2, j = (<usize>n) << 2;
      if (shift == 5) {
        twoOfTwo(i, j, rowPtr, post, w, lanes, dx, dxRow, accumulate);
      } else {
        const ofI = blocksOf(m, a, b, c, d), ofJ = blocksOf(n, a, b, c, d);
        twoOfFour(i, ofI, j, ofJ, rowPtr, post, w, lanes, dx, dxRow, accumulate);
      }
    }
    while (one) {
      const m = ctz(one);
      one &= one - 1;
      const n = one ? ctz(one) : m;
      one &= one - 1;
      oneBlock(
        (<usize>m) << 2, blocksOf(m, a, b, c, d), (<usize>n) << 2, blocksOf(n, a, b, c, d), shift,
        rowPtr, post, w, lanes, dx, dxRow, accumulate,
      );
    }
  }
}

/** As {@link backwardBlocks}, a single row. */
@inline
function backwardRow(
  nPre: i32, rowPtr: usize, post: usize, w: usize, g: usize, dx: usize, accumulate: i32, gate: usize, gateRow: usize,
): void {
  for (let first = 0; first < nPre; first += 64, rowPtr += 256, dx += 256, gate += 8) {
    const present = u64.MAX_VALUE >> (<u64>(64 - min(64, nPre - first)));
    for (let word = gateRow ? load<u64>(gate) : present; word; word &= word - 1) {
      const i = (<usize>ctz(word)) << 2;
      let sum: f32 = 0;
      const end = start(rowPtr, i + 4);
      for (let k = start(rowPtr, i); k < end; k += 4) {
        sum += load<f32>(w + k) * load<f32>(g + ((<usize>load<u32>(post + k)) << 2));
      }
      store<f32>(dx + i, accumulate ? load<f32>(dx + i) + sum : sum);
    }
  }
}

/**
 * dX[b, i] (+)= Σ w[k] · G[b, post[k]], k ascending. A row has the same bits wherever it is.
 *
 * `gate` holds rows of bits, [batch], `gateRow` bytes each: where one is 0, dX[b, i] is not wanted and left with any
 * part of its sum, for nothing may read it. With a `gateRow` of 0 all are wanted.
 */
export function csrBackward(
  batch: i32, nPre: i32, rowPtr: usize, post: usize, w: usize, g: usize, ldg: i32,
  dx: usize, ldx: i32, accumulate: i32, nPost: i32, gate: usize, gateRow: i32, scratch: usize,
): void {
  const gRow = (<usize>ldg) << 2;
  const dxRow = (<usize>ldx) << 2;
  const bits = <usize>gateRow;
  let b = 0;
  for (; b + 16 <= batch; b += 16, g += gRow << 4, dx += dxRow << 4, gate += bits << 4) {
    transpose(16, nPost, g, ldg, scratch, 16);
    backwardBlocks(6, nPre, rowPtr, post, w, scratch, dx, dxRow, accumulate, gate, bits);
  }
  if (b + 8 <= batch) {
    transpose(8, nPost, g, ldg, scratch, 8);
    backwardBlocks(5, nPre, rowPtr, post, w, scratch, dx, dxRow, accumulate, gate, bits);
    b += 8;
    g += gRow << 3;
    dx += dxRow << 3;
    gate += bits << 3;
  }
  if (b + 4 <= batch) {
    transpose(4, nPost, g, ldg, scratch, 4);
    backwardBlocks(4, nPre, rowPtr, post, w, scratch, dx, dxRow, accumulate, gate, bits);
    b += 4;
    g += gRow << 2;
    dx += dxRow << 2;
    gate += bits << 2;
  }
  for (; b < batch; b++, g += gRow, dx += dxRow, gate += bits) {
    backwardRow(nPre, rowPtr, post, w, g, dx, accumulate, gate, bits);
  }
}
