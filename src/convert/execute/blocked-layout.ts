/** Images [image, channel block, pixel, channel in the block], as a runtime keeps them. */
export interface BlockedImages {
  readonly data: Float32Array;
  readonly images: number;
  /** Without those that only fill the last block. */
  readonly channels: number;
  /** Pixels of a channel. */
  readonly pixels: number;
  /** Channels per block. */
  readonly block: number;
}

/** Elements that fill the last blocks of one image, of none of its channels. */
export const paddingOf = ({ channels, pixels, block }: Omit<BlockedImages, 'data' | 'images'>): number =>
  (block * Math.ceil(channels / block) - channels) * pixels;

/** Copies what fills the last blocks, one after another. */
export function copyPadding({ data, images, channels, pixels, block }: BlockedImages, into: Float32Array): void {
  const blocks = Math.ceil(channels / block);
  const first = channels - (blocks - 1) * block;
  let to = 0;
  for (let image = 0; image < images; image++) {
    const start = (image * blocks + blocks - 1) * pixels * block;
    for (let from = start; from < start + pixels * block; from += block) {
      for (let lane = first; lane < block; lane++) into[to++] = data[from + lane]!;
    }
  }
}

/** The images as [image, channel, pixel]. */
export function plainImages({ data, images, channels, pixels, block }: BlockedImages): Float32Array {
  const plain = new Float32Array(images * channels * pixels);
  const blocks = Math.ceil(channels / block);
  let to = 0;
  for (let image = 0; image < images; image++) {
    for (let channel = 0; channel < channels; channel++) {
      const start = (image * blocks + Math.floor(channel / block)) * pixels * block + (channel % block);
      for (let pixel = 0; pixel < pixels; pixel++) plain[to++] = data[start + pixel * block]!;
    }
  }
  return plain;
}
