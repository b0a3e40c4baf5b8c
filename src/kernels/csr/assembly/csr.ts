// Sparse weights by presynaptic neuron: rowPtr u32[nPre + 1], post u32[nnz], w f32[nnz].

/** Bytes up to which a loop is faster than memory.fill, which engines call out of WebAssembly for. */
const SHORT: usize = 1024;

@inline
function clearRow(out: usize, n: i32): void {
  const bytes = ((<usize>n + 3) & ~3) << 2;
  if (bytes > SHORT) memory.fill(out, 0, bytes);
  else for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, i32x4.splat(0));
}

/** out[offset] += value. */
@inline
function addAt(out: usize, offset: usize, value: f32): void {
  store<f32>(out + offset, load<f32>(out + offset) + value);
}

/** out[post[k]] += factor · w[k] for first ≤ k < last; four indices and weights are read at a time. */
@inline
function deliver(first: usize, last: usize, post: usize, w: usize, out: usize, factor: f32): void {
  let k = first << 2;
  const end = last << 2;
  for (; k + 16 <= end; k += 16) {
    const i01 = load<u64>(post + k), i23 = load<u64>(post + k, 8);
    const weights = v128.load(w + k);
    const values = factor == 1 ? weights : f32x4.mul(f32x4.splat(factor), weights);
    addAt(out, <usize>(<u32>i01) << 2, f32x4.extract_lane(values, 0));
    addAt(out, <usize>(i01 >> 32) << 2, f32x4.extract_lane(values, 1));
    addAt(out, <usize>(<u32>i23) << 2, f32x4.extract_lane(values, 2));
    addAt(out, <usize>(i23 >> 32) << 2, f32x4.extract_lane(values, 3));
  }
  for (; k < end; k += 4) addAt(out, (<usize>load<u32>(post + k)) << 2, factor * load<f32>(w + k));
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
