import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError } from '../../base/errors.ts';
import { decodeRecording, decodeSphere } from './sphere.ts';
import { noteChunk, sphereFile, timitFields, wavFile, words } from './testing/make-files.ts';
import { decodeWav } from './wav.ts';

const VALUES = [0, 1, -1, 32767, -32768, 1000];
const EXPECTED = Float32Array.from(VALUES, (value) => value / 32768);

describe('decodeWav', () => {
  it('reads 16 bits', () => {
    expect(decodeWav(wavFile(words(VALUES)), 'x.wav')).toEqual({ sampleRate: 8000, samples: EXPECTED });
  });

  it('reads 8 bits, which are unsigned', () => {
    const { samples } = decodeWav(wavFile(Uint8Array.of(0, 64, 128, 255, 128), { bits: 8 }), 'x.wav');
    expect([...samples]).toEqual([-1, -0.5, 0, 127 / 128, 0]);
  });

  it.each([
    ['other chunks, also of odd size', { between: noteChunk }],
    ['an extensible format', { code: 0xfffe }],
    ['a stream of unknown length', { size: 0xffffffff }],
  ])('reads %s', (_, parts) => {
    expect(decodeWav(wavFile(words(VALUES), parts), 'x.wav').samples).toEqual(EXPECTED);
  });

  it('reads a view into a larger buffer', () => {
    const file = wavFile(words(VALUES));
    const pool = new Uint8Array(file.length + 7);
    pool.set(file, 3);
    expect(decodeWav(pool.subarray(3, 3 + file.length), 'x.wav').samples).toEqual(EXPECTED);
  });

  it.each([
    ['floats', { code: 3, bits: 32 }, 'got format 3, 1 channels, 32 bits (convert it: sox'],
    ['stereo', { channels: 2 }, 'got format 1, 2 channels, 16 bits'],
    ['24 bits', { bits: 24 }, 'got format 1, 1 channels, 24 bits'],
  ])('refuses %s', (_, parts, message) => {
    const act = () => decodeWav(wavFile(words(VALUES), parts), 'x.wav');
    expect(act).toThrow(UnsupportedError);
    expect(act).toThrow(message);
  });

  const file = wavFile(words(VALUES));
  it.each([
    ['an empty file', new Uint8Array(0), 'expected "RIFF" and "WAVE" at the start of x.wav'],
    ['truncated sound', file.subarray(0, file.length - 1), 'expected 12 bytes of sound in x.wav, got 11 (truncated'],
    ['a truncated format', file.subarray(0, 30), 'expected a format of at least 16 bytes in x.wav, got 10'],
    ['no data', file.subarray(0, 36), 'expected a data chunk in x.wav, got the end of the file'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeWav(bytes, 'x.wav')).toThrow(FormatError);
    expect(() => decodeWav(bytes, 'x.wav')).toThrow(message);
  });
});

describe('decodeSphere', () => {
  const fields = timitFields(VALUES.length);
  const replaced = (from: string, to: string) => fields.map((line) => (line.startsWith(from) ? to : line));

  it('reads either byte order', () => {
    const expected = { sampleRate: 16000, samples: EXPECTED };
    expect(decodeSphere(sphereFile(words(VALUES), fields), 'x.wav')).toEqual(expected);
    const big = replaced('sample_byte_format', 'sample_byte_format -s2 10');
    expect(decodeSphere(sphereFile(words(VALUES, false), big), 'x.wav')).toEqual(expected);
  });

  it('is told from RIFF by its first bytes', () => {
    expect(decodeRecording(sphereFile(words(VALUES), fields), 'x.wav').sampleRate).toBe(16000);
    expect(decodeRecording(wavFile(words(VALUES)), 'x.wav').sampleRate).toBe(8000);
    expect(() => decodeRecording(Uint8Array.of(1, 2), 'x.wav')).toThrow('expected "RIFF"');
  });

  it.each([
    [
      'shorten',
      [...fields, 'sample_coding -s26 pcm,embedded-shorten-v2.00'],
      'got pcm,embedded-shorten-v2.00, 1 channels, 2 bytes (convert it: sph2pipe -f wav in.sph out.wav, or sox',
    ],
    ['ulaw', [...fields, 'sample_coding -s4 ulaw'], 'got ulaw'],
    ['stereo', replaced('channel_count', 'channel_count -i 2'), 'got pcm, 2 channels'],
    ['bytes', replaced('sample_n_bytes', 'sample_n_bytes -i 1'), 'got pcm, 1 channels, 1 bytes'],
  ])('refuses %s', (_, lines, message) => {
    const act = () => decodeSphere(sphereFile(words(VALUES), lines), 'x.wav');
    expect(act).toThrow(UnsupportedError);
    expect(act).toThrow(message);
  });

  const file = sphereFile(words(VALUES), fields);
  it.each([
    ['truncated sound', file.subarray(0, file.length - 2), 'expected 12 bytes of sound in x.wav, got 10 (truncated'],
    ['a truncated header', file.subarray(0, 500), 'expected "NIST_1A" and a header in x.wav'],
    ['a header without end', file.with(1023, 10).fill(32, 16, 1023), 'expected "end_head" in the header of x.wav'],
    [
      'no sample rate',
      sphereFile(words(VALUES), replaced('sample_rate', '')),
      'expected sample_rate in the header of x.wav, got none',
    ],
    [
      'no byte order',
      sphereFile(words(VALUES), replaced('sample_byte_format', '')),
      'expected sample_byte_format 01 or 10 in x.wav, got none',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSphere(bytes, 'x.wav')).toThrow(FormatError);
    expect(() => decodeSphere(bytes, 'x.wav')).toThrow(message);
  });
});
