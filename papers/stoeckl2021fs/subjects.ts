import { type Conversion, plainConversions, reluConversions, siluConversions, type Values } from './conversions.ts';
import { listOf } from './lists.ts';
import { cifarNetwork, type ImageCounts, imagenetNetwork, mnistNetwork } from './networks.ts';
import type { Subject } from './study.ts';

/** A network with all that is done with it. */
export interface Case extends Subject {
  readonly conversions: readonly Conversion[];
  /** Test images of the rate-coded control; 0 for none. */
  readonly rateImages: number;
  /** Kind of the conversions that the control is compared with. */
  readonly compared: string;
}

/** The cases that a run is about. */
export const chosen = (cases: readonly Case[], only: string): Case[] =>
  cases.filter(({ name, conversions }) => conversions.length > 0 && (only === 'all' || only === name));

/** Images that EfficientNet is calibrated on: its ReLU6 units need none. */
const IMAGENET_CALIBRATION = 50;

/** The networks of a run, those without conversions left out. */
export function casesOf(values: Values): Case[] {
  const counts: ImageCounts = { calibration: values.calibrationImages, test: values.testImages };
  const imagenet: ImageCounts = { calibration: IMAGENET_CALIBRATION, test: values.imagenetImages };
  const cases: Case[] = [
    {
      ...{ name: 'relu', title: 'MNIST, ReLU', rateImages: values.rateImages, compared: 'round' },
      conversions: reluConversions(values),
      load: () => mnistNetwork('mnist-mlp-relu.onnx', counts),
    },
    {
      ...{ name: 'silu', title: 'MNIST, SiLU', rateImages: 0, compared: '' },
      conversions: siluConversions(values),
      load: () => mnistNetwork('mnist-mlp-silu.onnx', counts),
    },
    {
      ...{ name: 'cnn', title: 'MNIST, convolutional', rateImages: 0, compared: '' },
      conversions: plainConversions(listOf(values, 'cnnSteps')),
      load: () => mnistNetwork('mnist-cnn.onnx', counts),
    },
    {
      ...{ name: 'cifarRelu', title: 'CIFAR-10, ReLU', rateImages: values.cifarRateImages, compared: 'few-spike' },
      conversions: plainConversions(listOf(values, 'cifarReluSteps')),
      load: () => cifarNetwork('cifar-relu.onnx', counts),
    },
    {
      ...{ name: 'cifarSilu', title: 'CIFAR-10, SiLU', rateImages: 0, compared: '' },
      conversions: plainConversions(listOf(values, 'cifarSiluSteps')),
      load: () => cifarNetwork('cifar-silu.onnx', counts),
    },
    {
      ...{ name: 'efficientnet', title: 'EfficientNet-Lite0', rateImages: 0, compared: '' },
      conversions: plainConversions(listOf(values, 'imagenetSteps')),
      load: () => imagenetNetwork('efficientnet-lite0.onnx', imagenet),
    },
  ];
  return chosen(cases, values.only);
}
