/** Bytes past the end of a list that `decodeWord` may write. */
export const SLACK: usize = 16;

/**
 * Writes `base + i * stride` for every set bit i of a word, ascending, as u32 list at `list`; returns the end of the list.
 *
 * Four entries are written whether there are as many or not: the processor cannot foresee how many spikes a word has.
 */
@inline
export function decodeWord(word: u64, base: usize, stride: usize, list: usize): usize {
  const end = list + (<usize>popcnt(word) << 2);
  do {
    store<u32>(list, <u32>(base + <usize>ctz(word) * stride));
    word &= word - 1;
    store<u32>(list, <u32>(base + <usize>ctz(word) * stride), 4);
    word &= word - 1;
    store<u32>(list, <u32>(base + <usize>ctz(word) * stride), 8);
    word &= word - 1;
    store<u32>(list, <u32>(base + <usize>ctz(word) * stride), 12);
    word &= word - 1;
    list += 16;
  } while (list < end);
  return end;
}

/**
 * Writes the address `base + i * stride` of every set bit i of a row, ascending, as u32 list at `list`, and up to SLACK
 * bytes more. Returns the end of the list.
 */
export function decodeRow(row: usize, n: i32, base: usize, stride: usize, list: usize): usize {
  const wordStride = stride << 6;
  const end = row + (((<usize>n + 63) >> 6) << 3);
  for (; row < end; row += 8, base += wordStride) list = decodeWord(load<u64>(row), base, stride, list);
  return list;
}
