// Sparse weights by presynaptic neuron: rowPtr u32[nPre + 1], post u32[nnz], w f32[nnz].

@inline
function clearRow(out: usize, n: i32): void {
  memory.fill(out, 0, ((<usize>n + 3) & ~3) << 2);
}

/** out[post] += factor · w, one synapse. */
@inline
function deliverOne(post: usize, w: usize, out: usize, factor: f32): void {
  const target = out + ((<usize>load<u32>(post)) << 2);
  store<f32>(target, load<f32>(target) + factor * load<f32>(w));
}

/** out[post[k]] += factor · w[k] for first ≤ k < last. */
@inline
function deliver(first: usize, last: usize, post: usize, w: usize, out: usize, factor: f32): void {
  let k = first << 2;
  const end = last << 2;
  for (; k + 16 <= end; k += 16) {
    deliverOne(post + k, w + k, out, factor);
    deliverOne(post + k + 4, w + k + 4, out, factor);
    deliverOne(post + k + 8, w + k + 8, out, factor);
    deliverOne(post + k + 12, w + k + 12, out, factor);
  }
  for (; k < end; k += 4) deliverOne(post + k, w + k, out, factor);
}

export function csrGatherSpikes(
  batch: i32, nPre: i32, bits: usize, rowBytes: i32, rowPtr: usize, post: usize, w: usize,
  nPost: i32, out: usize, ldo: i32, accumulate: i32,
): void {
  const words = ((<usize>nPre + 63) >> 6) << 3;
  for (let b = 0; b < batch; b++, bits += rowBytes, out += (<usize>ldo) << 2) {
    if (!accumulate) clearRow(out, nPost);
    for (let at: usize = 0; at < words; at += 8) {
      let word = load<u64>(bits + at);
      while (word) {
        const row = rowPtr + (((at << 3) + <usize>ctz(word)) << 2);
        deliver(load<u32>(row), load<u32>(row, 4), post, w, out, 1);
        word &= word - 1;
      }
    }
  }
}

export function csrGatherFloats(
  batch: i32, nPre: i32, x: usize, ldx: i32, rowPtr: usize, post: usize, w: usize,
  nPost: i32, out: usize, ldo: i32, accumulate: i32,
): void {
  for (let b = 0; b < batch; b++, x += (<usize>ldx) << 2, out += (<usize>ldo) << 2) {
    if (!accumulate) clearRow(out, nPost);
    for (let i: usize = 0; i < <usize>nPre; i++) {
      const value = load<f32>(x + (i << 2));
      const row = rowPtr + (i << 2);
      if (value != 0) deliver(load<u32>(row), load<u32>(row, 4), post, w, out, value);
    }
  }
}

/** The first `rows` rows of g, 8 or 16, as [nPost, rows]. */
@inline
function interleave(g: usize, gRow: usize, nPost: i32, rows: usize, out: usize): void {
  for (let r: usize = 0; r < rows; r++, g += gRow) {
    let to = out + (r << 2);
    for (let j: usize = 0; j < (<usize>nPost) << 2; j += 4, to += rows << 2) store<f32>(to, load<f32>(g + j));
  }
}

/** dX[lane, i] (+)= four lanes of x, which belong to four rows. */
@inline
function putLanes(x: v128, dx: usize, dxRow: usize, accumulate: i32): void {
  const d1 = dx + dxRow;
  const d2 = d1 + dxRow;
  const d3 = d2 + dxRow;
  store<f32>(dx, accumulate ? load<f32>(dx) + f32x4.extract_lane(x, 0) : f32x4.extract_lane(x, 0));
  store<f32>(d1, accumulate ? load<f32>(d1) + f32x4.extract_lane(x, 1) : f32x4.extract_lane(x, 1));
  store<f32>(d2, accumulate ? load<f32>(d2) + f32x4.extract_lane(x, 2) : f32x4.extract_lane(x, 2));
  store<f32>(d3, accumulate ? load<f32>(d3) + f32x4.extract_lane(x, 3) : f32x4.extract_lane(x, 3));
}

/** 16 rows at a time, each in a lane: dX[b, i] (+)= Σ w[k] · lanes[post[k], b], k ascending. */
@inline
function backward16(nPre: i32, rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32): void {
  for (let i: usize = 0; i < (<usize>nPre) << 2; i += 4) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let k = (<usize>load<u32>(rowPtr + i)) << 2;
    const end = (<usize>load<u32>(rowPtr + i, 4)) << 2;
    let at = w + k, target = post + k;
    for (const until = w + end; at < until; at += 4, target += 4) {
      const weight = v128.load32_splat(at);
      const from = lanes + ((<usize>load<u32>(target)) << 6);
      s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(from)));
      s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(from, 16)));
      s2 = f32x4.add(s2, f32x4.mul(weight, v128.load(from, 32)));
      s3 = f32x4.add(s3, f32x4.mul(weight, v128.load(from, 48)));
    }
    putLanes(s0, dx + i, dxRow, accumulate);
    putLanes(s1, dx + i + (dxRow << 2), dxRow, accumulate);
    putLanes(s2, dx + i + (dxRow << 3), dxRow, accumulate);
    putLanes(s3, dx + i + 12 * dxRow, dxRow, accumulate);
  }
}

/** As {@link backward16}, 8 rows: two neurons at a time, to hide the latency of the sums. */
@inline
function backward8(nPre: i32, rowPtr: usize, post: usize, w: usize, lanes: usize, dx: usize, dxRow: usize, accumulate: i32): void {
  const last = (<usize>nPre) << 2;
  let i: usize = 0;
  for (; i + 8 <= last; i += 8) {
    let s0 = f32x4.splat(0), s1 = s0, t0 = s0, t1 = s0;
    let k = (<usize>load<u32>(rowPtr + i)) << 2;
    const end = (<usize>load<u32>(rowPtr + i, 4)) << 2;
    let l = end;
    const stop = (<usize>load<u32>(rowPtr + i, 8)) << 2;
    const both = min(end - k, stop - end);
    let wk = w + k, pk = post + k, wl = w + l, pl = post + l;
    for (const until = wk + both; wk < until; wk += 4, pk += 4, wl += 4, pl += 4) {
      const weight = v128.load32_splat(wk);
      const at = lanes + ((<usize>load<u32>(pk)) << 5);
      s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(at)));
      s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(at, 16)));
      const other = v128.load32_splat(wl);
      const there = lanes + ((<usize>load<u32>(pl)) << 5);
      t0 = f32x4.add(t0, f32x4.mul(other, v128.load(there)));
      t1 = f32x4.add(t1, f32x4.mul(other, v128.load(there, 16)));
    }
    k += both;
    l += both;
    for (; k < end; k += 4) {
      const weight = v128.load32_splat(w + k);
      const at = lanes + ((<usize>load<u32>(post + k)) << 5);
      s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(at)));
      s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(at, 16)));
    }
    for (; l < stop; l += 4) {
      const weight = v128.load32_splat(w + l);
      const at = lanes + ((<usize>load<u32>(post + l)) << 5);
      t0 = f32x4.add(t0, f32x4.mul(weight, v128.load(at)));
      t1 = f32x4.add(t1, f32x4.mul(weight, v128.load(at, 16)));
    }
    putLanes(s0, dx + i, dxRow, accumulate);
    putLanes(s1, dx + i + (dxRow << 2), dxRow, accumulate);
    putLanes(t0, dx + i + 4, dxRow, accumulate);
    putLanes(t1, dx + i + 4 + (dxRow << 2), dxRow, accumulate);
  }
  if (i == last) return;
  let s0 = f32x4.splat(0), s1 = s0;
  const end = (<usize>load<u32>(rowPtr + i, 4)) << 2;
  for (let k = (<usize>load<u32>(rowPtr + i)) << 2; k < end; k += 4) {
    const weight = v128.load32_splat(w + k);
    const at = lanes + ((<usize>load<u32>(post + k)) << 5);
    s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(at)));
    s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(at, 16)));
  }
  putLanes(s0, dx + i, dxRow, accumulate);
  putLanes(s1, dx + i + (dxRow << 2), dxRow, accumulate);
}

/**
 * dX[b, i] (+)= Σ w[k] · G[b, post[k]], k ascending: 16 or 8 batch rows in the lanes of vectors, the rest by
 * four, to hide the latency of the sum, and one by one. A row
 * has the same bits wherever it is.
 */
export function csrBackward(
  batch: i32, nPre: i32, rowPtr: usize, post: usize, w: usize, g: usize, ldg: i32,
  dx: usize, ldx: i32, accumulate: i32, nPost: i32, scratch: usize,
): void {
  const gRow = (<usize>ldg) << 2;
  const dxRow = (<usize>ldx) << 2;
  let b = 0;
  for (; b + 16 <= batch; b += 16, g += gRow << 4, dx += dxRow << 4) {
    interleave(g, gRow, nPost, 16, scratch);
    backward16(nPre, rowPtr, post, w, scratch, dx, dxRow, accumulate);
  }
  if (b + 8 <= batch) {
    interleave(g, gRow, nPost, 8, scratch);
    backward8(nPre, rowPtr, post, w, scratch, dx, dxRow, accumulate);
    b += 8;
    g += gRow << 3;
    dx += dxRow << 3;
  }
  for (; b + 4 <= batch; b += 4, g += gRow << 2, dx += dxRow << 2) {
    const g1 = g + gRow;
    const g2 = g1 + gRow;
    const g3 = g2 + gRow;
    for (let i: usize = 0; i < <usize>nPre; i++) {
      const d0 = dx + (i << 2);
      const d1 = d0 + dxRow;
      const d2 = d1 + dxRow;
      const d3 = d2 + dxRow;
      let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
      let k = (<usize>load<u32>(rowPtr + (i << 2))) << 2;
      const end = (<usize>load<u32>(rowPtr + (i << 2), 4)) << 2;
      for (; k < end; k += 4) {
        const weight = load<f32>(w + k);
        const at = (<usize>load<u32>(post + k)) << 2;
        s0 += weight * load<f32>(g + at);
        s1 += weight * load<f32>(g1 + at);
        s2 += weight * load<f32>(g2 + at);
        s3 += weight * load<f32>(g3 + at);
      }
      store<f32>(d0, accumulate ? load<f32>(d0) + s0 : s0);
      store<f32>(d1, accumulate ? load<f32>(d1) + s1 : s1);
      store<f32>(d2, accumulate ? load<f32>(d2) + s2 : s2);
      store<f32>(d3, accumulate ? load<f32>(d3) + s3 : s3);
    }
  }
  for (; b < batch; b++, g += gRow, dx += dxRow) {
    for (let i: usize = 0; i < <usize>nPre; i++) {
      const d = dx + (i << 2);
      let sum: f32 = 0;
      let k = (<usize>load<u32>(rowPtr + (i << 2))) << 2;
      const end = (<usize>load<u32>(rowPtr + (i << 2), 4)) << 2;
      for (; k < end; k += 4) sum += load<f32>(w + k) * load<f32>(g + ((<usize>load<u32>(post + k)) << 2));
      store<f32>(d, accumulate ? load<f32>(d) + sum : sum);
    }
  }
}

/** dw[k] += factor · g[post[k]] for first ≤ k < last. */
@inline
function collect(first: usize, last: usize, post: usize, g: usize, dw: usize, factor: f32): void {
  for (let k = first << 2, end = last << 2; k < end; k += 4) {
    store<f32>(dw + k, load<f32>(dw + k) + factor * load<f32>(g + ((<usize>load<u32>(post + k)) << 2)));
  }
}

/** dw[k] += rows[0][post[k]] + … for first ≤ k < last (bytes), one addition after the other; `list` has the addresses of 8 rows. */
@inline
function collect8(first: usize, last: usize, post: usize, list: usize, dw: usize): void {
  const g0 = <usize>load<u32>(list), g1 = <usize>load<u32>(list, 4), g2 = <usize>load<u32>(list, 8), g3 = <usize>load<u32>(list, 12);
  const g4 = <usize>load<u32>(list, 16), g5 = <usize>load<u32>(list, 20), g6 = <usize>load<u32>(list, 24), g7 = <usize>load<u32>(list, 28);
  for (let k = first; k < last; k += 4) {
    const at = (<usize>load<u32>(post + k)) << 2;
    let sum = load<f32>(dw + k) + load<f32>(g0 + at);
    sum += load<f32>(g1 + at);
    sum += load<f32>(g2 + at);
    sum += load<f32>(g3 + at);
    sum += load<f32>(g4 + at);
    sum += load<f32>(g5 + at);
    sum += load<f32>(g6 + at);
    store<f32>(dw + k, sum + load<f32>(g7 + at));
  }
}

/** As {@link collect8}, 4 rows. */
@inline
function collect4(first: usize, last: usize, post: usize, list: usize, dw: usize): void {
  const g0 = <usize>load<u32>(list), g1 = <usize>load<u32>(list, 4), g2 = <usize>load<u32>(list, 8), g3 = <usize>load<u32>(list, 12);
  for (let k = first; k < last; k += 4) {
    const at = (<usize>load<u32>(post + k)) << 2;
    let sum = load<f32>(dw + k) + load<f32>(g0 + at);
    sum += load<f32>(g1 + at);
    sum += load<f32>(g2 + at);
    store<f32>(dw + k, sum + load<f32>(g3 + at));
  }
}

/** As {@link collect8}, 2 rows. */
@inline
function collect2(first: usize, last: usize, post: usize, list: usize, dw: usize): void {
  const g0 = <usize>load<u32>(list), g1 = <usize>load<u32>(list, 4);
  for (let k = first; k < last; k += 4) {
    const at = (<usize>load<u32>(post + k)) << 2;
    store<f32>(dw + k, load<f32>(dw + k) + load<f32>(g0 + at) + load<f32>(g1 + at));
  }
}

/** The synapses first ≤ k < last collect the rows whose addresses are listed, in the order of the list. */
function collectListed(first: usize, last: usize, post: usize, list: usize, end: usize, dw: usize): void {
  for (; list + 32 <= end; list += 32) collect8(first << 2, last << 2, post, list, dw);
  if (list + 16 <= end) {
    collect4(first << 2, last << 2, post, list, dw);
    list += 16;
  }
  if (list + 8 <= end) {
    collect2(first << 2, last << 2, post, list, dw);
    list += 8;
  }
  if (list < end) collect(first, last, post, <usize>load<u32>(list), dw, 1);
}

/** Lists, for the 64 neurons of a word of each row of bits, the addresses of the rows of G in which they spike, the last step first. */
@inline
function listSpikingRows(steps: usize, batch: usize, bits: usize, rowBytes: usize, g: usize, gRow: usize, ends: usize, lists: usize): void {
  const room = (steps * batch) << 2;
  for (let n: usize = 0; n < 64; n++) store<u32>(ends + (n << 2), <u32>(lists + n * room));
  for (let s = steps; s-- > 0; ) {
    let from = g + s * batch * gRow;
    const first = bits + s * batch * rowBytes;
    for (let row = first, end = first + batch * rowBytes; row < end; row += rowBytes, from += gRow) {
      let word = load<u64>(row);
      while (word) {
        const own = ends + ((<usize>ctz(word)) << 2);
        const to = <usize>load<u32>(own);
        store<u32>(to, <u32>from);
        store<u32>(own, <u32>(to + 4));
        word &= word - 1;
      }
    }
  }
}

/**
 * dw[k] += G[s, b, post[k]] for the synapses k of every spike of row (s, b), the last step s first, b ascending.
 *
 * `bits` and `g` hold the rows [steps * batch]. The rows in which a neuron spikes are listed for 64 neurons at a time, so that
 * its synapses are read and written once for eight of them.
 */
export function csrGradientSpikes(
  steps: i32, batch: i32, nPre: i32, bits: usize, rowBytes: i32, rowPtr: usize, post: usize,
  g: usize, ldg: i32, dw: usize, scratch: usize,
): void {
  const room = (<usize>(steps * batch)) << 2;
  const lists = scratch + 256;
  for (let first = 0; first < nPre; first += 64, bits += 8) {
    listSpikingRows(steps, batch, bits, rowBytes, g, (<usize>ldg) << 2, scratch, lists);
    const count = <usize>min(64, nPre - first);
    for (let n: usize = 0; n < count; n++) {
      const row = rowPtr + ((<usize>first + n) << 2);
      collectListed(load<u32>(row), load<u32>(row, 4), post, lists + n * room, <usize>load<u32>(scratch + (n << 2)), dw);
    }
  }
}

export function csrGradientFloats(
  batch: i32, nPre: i32, x: usize, ldx: i32, rowPtr: usize, post: usize, g: usize, ldg: i32, dw: usize,
): void {
  for (let b = 0; b < batch; b++, x += (<usize>ldx) << 2, g += (<usize>ldg) << 2) {
    for (let i: usize = 0; i < <usize>nPre; i++) {
      const value = load<f32>(x + (i << 2));
      const row = rowPtr + (i << 2);
      if (value != 0) collect(load<u32>(row), load<u32>(row, 4), post, g, dw, value);
    }
  }
}
