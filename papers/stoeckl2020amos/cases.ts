import type { ConvertOptions } from 'volley/convert';
import type { SettingValues } from 'volley/io';
import type { Conversion } from '../stoeckl2021fs/conversions.ts';
import { listOf } from '../stoeckl2021fs/lists.ts';
import { cifarNetwork, imagenetNetwork, mnistNetwork } from '../stoeckl2021fs/networks.ts';
import { type Case, chosen } from '../stoeckl2021fs/subjects.ts';
import type { settings } from './settings.ts';

export type Values = SettingValues<typeof settings>;

/** Images that EfficientNet is calibrated on: its ReLU6 units need none. */
const IMAGENET_CALIBRATION = 50;

const units = (
  steps: readonly number[],
  options: (neurons: number) => ConvertOptions['steps'] = (n) => n,
): Conversion[] =>
  steps.map((neurons) => ({
    ...{ key: `k${neurons}`, kind: 'AMOS', steps: neurons },
    options: { method: 'amos', steps: options(neurons) },
  }));

/** The networks of few-spike conversion, as units of neurons that spike once. */
export function casesOf(values: Values): Case[] {
  const counts = { calibration: values.calibrationImages, test: values.testImages };
  const imagenet = { calibration: IMAGENET_CALIBRATION, test: values.imagenetImages };
  const mixed = (neurons: number) => ({ default: neurons, sigmoid: values.sigmoidSteps });
  const none = { rateImages: 0, compared: '' };
  const cases: Case[] = [
    {
      ...{ name: 'relu', title: 'MNIST, ReLU', ...none },
      conversions: units(listOf(values, 'reluSteps')),
      load: () => mnistNetwork('mnist-mlp-relu.onnx', counts),
    },
    {
      ...{ name: 'silu', title: 'MNIST, SiLU', ...none },
      conversions: units(listOf(values, 'siluSteps')),
      load: () => mnistNetwork('mnist-mlp-silu.onnx', counts),
    },
    {
      ...{ name: 'cnn', title: 'MNIST, convolutional', ...none },
      conversions: units(listOf(values, 'cnnSteps')),
      load: () => mnistNetwork('mnist-cnn.onnx', counts),
    },
    {
      ...{ name: 'cifarRelu', title: 'CIFAR-10, ReLU', ...none },
      conversions: units(listOf(values, 'cifarReluSteps')),
      load: () => cifarNetwork('cifar-relu.onnx', counts),
    },
    {
      ...{ name: 'cifarSilu', title: 'CIFAR-10, SiLU', ...none },
      conversions: units(listOf(values, 'cifarSiluSteps'), mixed),
      load: () => cifarNetwork('cifar-silu.onnx', counts),
    },
    {
      ...{ name: 'efficientnet', title: 'EfficientNet-Lite0', ...none },
      conversions: units(listOf(values, 'imagenetSteps')),
      load: () => imagenetNetwork('efficientnet-lite0.onnx', imagenet),
    },
  ];
  return chosen(cases, values.only);
}
