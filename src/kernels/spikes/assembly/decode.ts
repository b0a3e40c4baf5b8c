/**
 * Writes the address `base + i * stride` of every set bit i of a row, ascending, as u32 list at `list`.
 * Returns the end of the list.
 */
export function decodeRow(row: usize, n: i32, base: usize, stride: usize, list: usize): usize {
  const wordStride = stride << 6;
  const end = row + (((<usize>n + 63) >> 6) << 3);
  for (; row < end; row += 8, base += wordStride) {
    let word = load<u64>(row);
    while (word) {
      store<u32>(list, <u32>(base + <usize>ctz(word) * stride));
      list += 4;
      word &= word - 1;
    }
  }
  return list;
}
