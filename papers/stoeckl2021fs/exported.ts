import { type Activity, CollapsedRunner, type GraphSession, type SpikingNetwork, toOnnx } from 'volley/convert';
import type { LogRecord } from 'volley/io';
import type { Conversion } from './conversions.ts';
import { everyNth } from './networks.ts';
import type { CalibratedNetwork, Study } from './study.ts';

/** The two ways in which neurons are written to an ONNX file. */
const FORMS = ['unrolled', 'compact'] as const;

/** Logs on how many test images the exported network, run by onnxruntime alone, gives the answer of Volley, and on how many its bits. */
export async function exportedRow(
  study: Study,
  network: CalibratedNetwork,
  conversion: Conversion,
  { images, batch }: { readonly images: number; readonly batch: number },
): Promise<void> {
  if (images === 0) return;
  const { subject } = network;
  const test = everyNth(network, images).images;
  await study.once(`${subject.name}.${conversion.key}.exported`, `${subject.title}: exported as ONNX`, async () => {
    const spiking = study.convert(network, conversion);
    const same = await compare(study, spiking, test, batch);
    const shares = FORMS.flatMap((form, k) => [
      [`${form}SameAnswer`, same[k]!.answers / test.shape[0]!],
      [`${form}SameBits`, same[k]!.bits / test.shape[0]!],
    ]);
    const images = test.shape[0]!;
    const record: LogRecord = { network: subject.name, kind: 'exported', images, ...Object.fromEntries(shares) };
    return [['', record]];
  });
}

interface Same {
  answers: number;
  bits: number;
}

async function compare(study: Study, network: SpikingNetwork, test: Activity, batch: number): Promise<Same[]> {
  const runner = await CollapsedRunner.create(network, study.runtime, { batch, counts: false });
  const sessions: GraphSession[] = [];
  try {
    for (const form of FORMS) sessions.push(await study.runtime.load(toOnnx(network, { form })));
    const [all, ...sample] = test.shape as [number, ...number[]];
    const size = test.data.length / all;
    const same = FORMS.map((): Same => ({ answers: 0, bits: 0 }));
    for (let from = 0; from < all; from += batch) {
      const to = Math.min(all, from + batch);
      const images = { shape: [to - from, ...sample], data: test.data.subarray(from * size, to * size) };
      const { output } = await runner.run(images);
      for (const [k, session] of sessions.entries()) {
        const outputs = await session.run(new Map([[network.staged.input.name, images]]));
        count(same[k]!, output.data, outputs.get(network.staged.output.name)!.data, to - from);
      }
      study.progress(to, all);
    }
    return same;
  } finally {
    for (const each of [runner, ...sessions]) await each.release();
  }
}

function count(same: Same, a: Float32Array, b: Float32Array, images: number): void {
  const classes = a.length / images;
  const answer = (row: Float32Array) => row.indexOf(Math.max(...row));
  for (let image = 0; image < images; image++) {
    const [own, other] = [a, b].map((data) => data.subarray(image * classes, (image + 1) * classes)) as [
      Float32Array,
      Float32Array,
    ];
    if (answer(own) === answer(other)) same.answers += 1;
    if (own.every((value, k) => Object.is(value, other[k]))) same.bits += 1;
  }
}
