import { decodeRow } from './decode';

/** dW[i, :] += G[b, :] for every spike i of row b, b ascending; `scratch` holds nPre * 4 bytes. */
export function outerSpikes(
  batch: i32, nPre: i32, bits: usize, rowBytes: i32, g: usize, ldg: i32,
  nPost: i32, dw: usize, ldw: i32, scratch: usize,
): void {
  const width = (<usize>((nPost + 3) & ~3)) << 2;
  const stride = (<usize>ldw) << 2;
  const gRow = (<usize>ldg) << 2;
  for (let b = 0; b < batch; b++, bits += rowBytes, g += gRow) {
    const end = decodeRow(bits, nPre, dw, stride, scratch);
    if (end == scratch) continue;
    let at: usize = 0;
    for (; at + 128 <= width; at += 128) scatter32(scratch, end, at, g + at);
    for (; at < width; at += 16) scatter4(scratch, end, at, g + at);
  }
}

function scatter32(list: usize, end: usize, at: usize, g: usize): void {
  const g0 = v128.load(g);
  const g1 = v128.load(g, 16);
  const g2 = v128.load(g, 32);
  const g3 = v128.load(g, 48);
  const g4 = v128.load(g, 64);
  const g5 = v128.load(g, 80);
  const g6 = v128.load(g, 96);
  const g7 = v128.load(g, 112);
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list) + at;
    v128.store(row, f32x4.add(v128.load(row), g0));
    v128.store(row, f32x4.add(v128.load(row, 16), g1), 16);
    v128.store(row, f32x4.add(v128.load(row, 32), g2), 32);
    v128.store(row, f32x4.add(v128.load(row, 48), g3), 48);
    v128.store(row, f32x4.add(v128.load(row, 64), g4), 64);
    v128.store(row, f32x4.add(v128.load(row, 80), g5), 80);
    v128.store(row, f32x4.add(v128.load(row, 96), g6), 96);
    v128.store(row, f32x4.add(v128.load(row, 112), g7), 112);
  }
}

function scatter4(list: usize, end: usize, at: usize, g: usize): void {
  const value = v128.load(g);
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list) + at;
    v128.store(row, f32x4.add(v128.load(row), value));
  }
}
