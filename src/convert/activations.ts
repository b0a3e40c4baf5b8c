/** The activations that conversion knows by name. */
export const ACTIVATIONS = [
  'relu',
  'relu6',
  'leaky-relu',
  'sigmoid',
  'hard-sigmoid',
  'tanh',
  'silu',
  'hard-swish',
  'gelu',
  'gelu-tanh',
] as const;

export type ActivationName = (typeof ACTIVATIONS)[number];
