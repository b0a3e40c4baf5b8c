import type { Kernels } from '../kernels.ts';
import { at, hasSpike, type Views } from '../views.ts';

type OneToOneKernels = Pick<
  Kernels,
  'oneToOneSpikes' | 'oneToOneFloats' | 'oneToOneBackward' | 'oneToOneGradientSpikes' | 'oneToOneGradientFloats'
>;

/** Neuron by neuron; every stored value is rounded to float32. */
export function oneToOneReference(views: Views): OneToOneKernels {
  const { f32 } = views;
  const eachNeuron = (batch: number, n: number, visit: (b: number, i: number) => void) => {
    for (let b = 0; b < batch; b++) for (let i = 0; i < n; i++) visit(b, i);
  };
  const put = (index: number, value: number, accumulate: number) => {
    f32[index] = accumulate ? f32[index]! + value : value;
  };
  return {
    oneToOneSpikes(batch, n, bits, rowBytes, w, out, ldo, accumulate) {
      eachNeuron(batch, n, (b, i) => {
        put(at(out, b, ldo, i), hasSpike(views, bits, rowBytes, b, i) ? f32[at(w, 0, 0, i)]! : 0, accumulate);
      });
    },
    oneToOneFloats(batch, n, x, ldx, w, out, ldo, accumulate) {
      eachNeuron(batch, n, (b, i) => {
        put(at(out, b, ldo, i), f32[at(x, b, ldx, i)]! * f32[at(w, 0, 0, i)]!, accumulate);
      });
    },
    oneToOneBackward(batch, n, w, g, ldg, dx, ldx, accumulate) {
      eachNeuron(batch, n, (b, i) => {
        put(at(dx, b, ldx, i), f32[at(g, b, ldg, i)]! * f32[at(w, 0, 0, i)]!, accumulate);
      });
    },
    oneToOneGradientSpikes(batch, n, bits, rowBytes, g, ldg, dw) {
      eachNeuron(batch, n, (b, i) => {
        if (hasSpike(views, bits, rowBytes, b, i)) f32[at(dw, 0, 0, i)]! += f32[at(g, b, ldg, i)]!;
      });
    },
    oneToOneGradientFloats(batch, n, x, ldx, g, ldg, dw) {
      eachNeuron(batch, n, (b, i) => {
        f32[at(dw, 0, 0, i)]! += f32[at(x, b, ldx, i)]! * f32[at(g, b, ldg, i)]!;
      });
    },
  };
}
