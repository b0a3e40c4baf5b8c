/** counts[i] += number of rows in which bit i is set. */
export function countSpikes(batch: i32, n: i32, bits: usize, rowBytes: i32, counts: usize): void {
  const words = ((<usize>n + 63) >> 6) << 3;
  for (let b = 0; b < batch; b++, bits += rowBytes) {
    for (let at: usize = 0; at < words; at += 8) {
      let word = load<u64>(bits + at);
      const base = counts + (at << 5);
      while (word) {
        const count = base + (<usize>ctz(word) << 2);
        store<u32>(count, load<u32>(count) + 1);
        word &= word - 1;
      }
    }
  }
}

/** All ones in lane l where bit (i + l) of the row is set; i is a multiple of 4. */
@inline
export function laneMask(row: usize, i: usize): v128 {
  const nibble = (<u32>load<u8>(row + (i >> 3))) >> (<u32>i & 4);
  const lanes = i32x4(1, 2, 4, 8);
  return i32x4.eq(v128.and(i32x4.splat(nibble), lanes), lanes);
}

/** out[b, i] = 1 where the bit is set, else 0; pad lanes become 0. */
export function spikesToFloats(batch: i32, n: i32, bits: usize, rowBytes: i32, out: usize, ldo: i32): void {
  const one = f32x4.splat(1);
  for (let b = 0; b < batch; b++, bits += rowBytes, out += (<usize>ldo) << 2) {
    for (let i: usize = 0; i < <usize>n; i += 4) v128.store(out + (i << 2), v128.and(laneMask(bits, i), one));
  }
}

/** Sets bit i of row b where x[b, i] is not 0; writes whole rows. */
export function floatsToSpikes(batch: i32, n: i32, x: usize, ldx: i32, bits: usize, rowBytes: i32): void {
  const zero = f32x4.splat(0);
  for (let b = 0; b < batch; b++, bits += rowBytes, x += (<usize>ldx) << 2) {
    for (let at = 0; at < rowBytes; at += 8) {
      const first = at << 3;
      const last = min(first + 64, n);
      let word: u64 = 0;
      for (let i = first; i < last; i += 4) {
        const nibble = i32x4.bitmask(f32x4.ne(v128.load(x + ((<usize>i) << 2)), zero));
        word |= (<u64>nibble) << (<u64>i & 63);
      }
      if (last > first && (last & 63)) word &= ((<u64>1) << (<u64>last & 63)) - 1;
      store<u64>(bits + at, word);
    }
  }
}

/** Spikes of row b are indices[offsets[b]] … indices[offsets[b + 1] - 1]; returns their number over all rows. */
export function listSpikes(
  batch: i32, n: i32, bits: usize, rowBytes: i32, offsets: usize, indices: usize, capacity: i32,
): i32 {
  const words = ((<usize>n + 63) >> 6) << 3;
  let total = 0;
  store<u32>(offsets, 0);
  for (let b = 0; b < batch; b++, bits += rowBytes) {
    for (let at: usize = 0; at < words; at += 8) {
      let word = load<u64>(bits + at);
      while (word) {
        if (total < capacity) store<u32>(indices + ((<usize>total) << 2), <u32>((at << 3) + <usize>ctz(word)));
        total++;
        word &= word - 1;
      }
    }
    offsets += 4;
    store<u32>(offsets, total);
  }
  return total;
}
