import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StorageError } from 'volley';
import type { Activity } from 'volley/convert';
import { encodeNpy } from 'volley/io';

/** A rate-coded conversion of the same network. */
export interface RatePeer {
  readonly peer: string;
  /** Steps after which its accuracy is within the margin of the one asked for, else the most that were tried. */
  readonly steps: number;
  readonly reached: boolean;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

export interface RatePeerInput {
  readonly network: string;
  readonly calibration: Activity;
  readonly test: Activity;
  readonly labels: Int32Array;
  /** Accuracy to come near to, 0 to 1. */
  readonly accuracy: number;
}

const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));

const npy = ({ shape, data }: { shape: readonly number[]; data: Float32Array | Int32Array }): Uint8Array =>
  encodeNpy({ shape, data: data.slice() });

/** Runs SpikingJelly's conversion of the same weights on the same images, in one thread of a fresh process. */
export async function runRatePeers({
  network,
  calibration,
  test,
  labels,
  accuracy,
}: RatePeerInput): Promise<RatePeer[]> {
  const python = `${folder}.venv/bin/python`;
  if (!existsSync(python)) {
    throw new StorageError('bench --peers', `expected the peers' environment at ${python}, got nothing`, {
      hint: 'run bench/peers/setup first',
    });
  }
  const shared = mkdtempSync(join(tmpdir(), 'volley-convert-'));
  try {
    const put = (name: string, bytes: Uint8Array) => writeFileSync(join(shared, name), bytes);
    put('calibration.npy', npy(calibration));
    put('test.npy', npy(test));
    put('labels.npy', npy({ shape: [labels.length], data: labels }));
    const script = `${folder}peer_spikingjelly_convert.py`;
    const { stdout } = await promisify(execFile)(python, [script, network, shared, String(accuracy)], {
      maxBuffer: 1 << 24,
    });
    return (JSON.parse(stdout.trim().split('\n').at(-1)!) as { results: RatePeer[] }).results;
  } finally {
    rmSync(shared, { recursive: true, force: true });
  }
}
