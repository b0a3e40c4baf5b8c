import { decodeRow } from './decode';

/** out[b, :] (+)= Σ W[i, :] over the spikes i of row b, ascending; `scratch` holds nPre * 4 bytes. */
export function gatherRows(
  batch: i32, nPre: i32, bits: usize, rowBytes: i32, w: usize, ldw: i32,
  nPost: i32, out: usize, ldo: i32, accumulate: i32, scratch: usize,
): void {
  const width = (<usize>((nPost + 3) & ~3)) << 2;
  const stride = (<usize>ldw) << 2;
  const outRow = (<usize>ldo) << 2;
  for (let b = 0; b < batch; b++, bits += rowBytes, out += outRow) {
    const end = decodeRow(bits, nPre, w, stride, scratch);
    if (end == scratch && accumulate) continue;
    if (width > WIDE) {
      gatherWide(scratch, end, width, out, accumulate);
      continue;
    }
    let at: usize = 0;
    for (; at + 112 <= width; at += 112) gather28(scratch, end, at, out + at, accumulate);
    if (at + 64 <= width) {
      gather16(scratch, end, at, out + at, accumulate);
      at += 64;
    }
    for (; at < width; at += 16) gather4(scratch, end, at, out + at, accumulate);
  }
}

/** Bytes of a row above which a weight matrix outgrows the caches, and rows are better read as four streams. */
const WIDE: usize = 5120;

/** Whole rows, four at a time, in the same order of sums: the memory is read in long runs, which it can prefetch. */
function gatherWide(list: usize, end: usize, width: usize, out: usize, accumulate: i32): void {
  if (!accumulate) memory.fill(out, 0, width);
  for (; list + 16 <= end; list += 16) {
    const r0 = <usize>load<u32>(list);
    const r1 = <usize>load<u32>(list, 4);
    const r2 = <usize>load<u32>(list, 8);
    const r3 = <usize>load<u32>(list, 12);
    for (let at: usize = 0; at < width; at += 16) {
      let sum = f32x4.add(v128.load(out + at), v128.load(r0 + at));
      sum = f32x4.add(sum, v128.load(r1 + at));
      sum = f32x4.add(sum, v128.load(r2 + at));
      v128.store(out + at, f32x4.add(sum, v128.load(r3 + at)));
    }
  }
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list);
    for (let at: usize = 0; at < width; at += 16) {
      v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(row + at)));
    }
  }
}

/** Seven sums and the seven loads of a row fit sixteen registers; with eight the engine spills. */
function gather28(list: usize, end: usize, at: usize, out: usize, accumulate: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0;
  if (accumulate) {
    s0 = v128.load(out, 0);
    s1 = v128.load(out, 16);
    s2 = v128.load(out, 32);
    s3 = v128.load(out, 48);
    s4 = v128.load(out, 64);
    s5 = v128.load(out, 80);
    s6 = v128.load(out, 96);
  }
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list) + at;
    s0 = f32x4.add(s0, v128.load(row, 0));
    s1 = f32x4.add(s1, v128.load(row, 16));
    s2 = f32x4.add(s2, v128.load(row, 32));
    s3 = f32x4.add(s3, v128.load(row, 48));
    s4 = f32x4.add(s4, v128.load(row, 64));
    s5 = f32x4.add(s5, v128.load(row, 80));
    s6 = f32x4.add(s6, v128.load(row, 96));
  }
  v128.store(out, s0, 0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
  v128.store(out, s4, 64);
  v128.store(out, s5, 80);
  v128.store(out, s6, 96);
}

function gather16(list: usize, end: usize, at: usize, out: usize, accumulate: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  if (accumulate) {
    s0 = v128.load(out);
    s1 = v128.load(out, 16);
    s2 = v128.load(out, 32);
    s3 = v128.load(out, 48);
  }
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list) + at;
    s0 = f32x4.add(s0, v128.load(row));
    s1 = f32x4.add(s1, v128.load(row, 16));
    s2 = f32x4.add(s2, v128.load(row, 32));
    s3 = f32x4.add(s3, v128.load(row, 48));
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

function gather4(list: usize, end: usize, at: usize, out: usize, accumulate: i32): void {
  let sum = accumulate ? v128.load(out) : f32x4.splat(0);
  for (; list < end; list += 4) sum = f32x4.add(sum, v128.load(<usize>load<u32>(list) + at));
  v128.store(out, sum);
}
