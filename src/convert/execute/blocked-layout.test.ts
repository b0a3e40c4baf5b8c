import { describe, expect, it } from 'vitest';
import { copyPadding, evenPadding, paddingOf, plainImages } from './blocked-layout.ts';

const LAYOUT = { channels: 6, pixels: 3, block: 4 };
const IMAGES = 2;

/** Number of an element by image, channel and pixel; channels 6 and 7 only fill the second block. */
const blocked = (of: (image: number, channel: number, pixel: number) => number) => {
  const data = new Float32Array(IMAGES * 8 * 3);
  for (let image = 0; image < IMAGES; image++) {
    for (let channel = 0; channel < 8; channel++) {
      for (let pixel = 0; pixel < 3; pixel++) {
        data[24 * image + 12 * (channel >> 2) + 4 * pixel + (channel & 3)] = of(image, channel, pixel);
      }
    }
  }
  return { data, images: IMAGES, ...LAYOUT };
};
const label = (image: number, channel: number, pixel: number) => 100 * image + 10 * channel + pixel;

describe('images in blocks of channels', () => {
  it('are put back in their order', () => {
    const wanted = [0, 1].flatMap((image) =>
      [0, 1, 2, 3, 4, 5].flatMap((channel) => [0, 1, 2].map((pixel) => label(image, channel, pixel))),
    );
    expect([...plainImages(blocked(label))]).toEqual(wanted);
  });

  it('have padding of which each element is copied once', () => {
    const images = blocked(label);
    const padding = new Float32Array(IMAGES * paddingOf(LAYOUT));
    copyPadding(images, padding);
    const wanted = [60, 61, 62, 70, 71, 72, 160, 161, 162, 170, 171, 172];
    expect([...padding].sort((a, b) => a - b)).toEqual(wanted);
    expect(paddingOf({ ...LAYOUT, channels: 8 })).toBe(0);
  });

  it('tell whether their padding is all the same, whatever the channels are', () => {
    const flat = (other: number) =>
      blocked((i, c, p) => (c < 6 ? label(i, c, p) : c === 7 && i === 1 && p === 2 ? other : 7));
    expect(evenPadding(flat(7))).toBe(7);
    expect(evenPadding(flat(8))).toBeUndefined();
    expect(evenPadding(flat(Number.NaN))).toBeUndefined();
  });
});
