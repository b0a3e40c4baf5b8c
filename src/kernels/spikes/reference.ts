import type { Kernels } from '../kernels.ts';
import { at, hasSpike, type Views } from '../views.ts';

type SpikeKernels = Pick<
  Kernels,
  'gatherRows' | 'gatherBlock' | 'outerSpikes' | 'countSpikes' | 'spikesToFloats' | 'floatsToSpikes' | 'listSpikes'
>;

/** Bit by bit, sums in float64. */
export function spikesReference(views: Views): SpikeKernels {
  const { f32, u32, u8 } = views;
  const gather: Kernels['gatherRows'] = (rows, nPre, bits, rowBytes, w, ldw, nPost, out, ldo, accumulate) => {
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < nPost; j++) {
        const target = at(out, r, ldo, j);
        let sum = accumulate ? f32[target]! : 0;
        for (let i = 0; i < nPre; i++) if (hasSpike(views, bits, rowBytes, r, i)) sum += f32[at(w, i, ldw, j)]!;
        f32[target] = sum;
      }
    }
  };
  return {
    gatherRows: gather,
    gatherBlock: gather,
    outerSpikes(steps, batch, nPre, bits, rowBytes, g, ldg, nPost, dw, ldw) {
      for (let i = 0; i < nPre; i++) {
        for (let j = 0; j < nPost; j++) {
          const target = at(dw, i, ldw, j);
          let sum = f32[target]!;
          for (let r = 0; r < steps * batch; r++) {
            if (hasSpike(views, bits, rowBytes, r, i)) sum += f32[at(g, r, ldg, j)]!;
          }
          f32[target] = sum;
        }
      }
    },
    countSpikes(batch, n, bits, rowBytes, counts) {
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < n; i++) if (hasSpike(views, bits, rowBytes, b, i)) u32[at(counts, 0, 0, i)]!++;
      }
    },
    spikesToFloats(batch, n, bits, rowBytes, out, ldo) {
      for (let b = 0; b < batch; b++) {
        f32.fill(0, at(out, b, ldo), at(out, b, ldo, (n + 3) & ~3));
        for (let i = 0; i < n; i++) if (hasSpike(views, bits, rowBytes, b, i)) f32[at(out, b, ldo, i)] = 1;
      }
    },
    floatsToSpikes(batch, n, x, ldx, bits, rowBytes) {
      u8.fill(0, bits, bits + batch * rowBytes);
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < n; i++) {
          if (f32[at(x, b, ldx, i)] !== 0) u8[bits + b * rowBytes + (i >> 3)]! |= 1 << (i & 7);
        }
      }
    },
    listSpikes(batch, n, bits, rowBytes, offsets, indices, capacity) {
      let total = 0;
      u32[at(offsets)] = 0;
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < n; i++) {
          if (!hasSpike(views, bits, rowBytes, b, i)) continue;
          if (total < capacity) u32[at(indices, 0, 0, total)] = i;
          total++;
        }
        u32[at(offsets, 0, 0, b + 1)] = total;
      }
      return total;
    },
  };
}
