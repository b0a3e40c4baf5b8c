import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError, NumericsError, ParameterError, StorageError } from '../base/errors.ts';
import { listRuns, RunFolder } from './run-folder.ts';
import type { RunConfig } from './run-records.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'volley-run-folder-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const config: RunConfig = { id: 'p', preset: 'smoke', seed: 1, settings: {}, volley: '0', node: '20', machine: 'm' };
const state = (value: number) => ({
  tensors: { w: { shape: [1], data: Float32Array.of(value) } },
  metadata: { iteration: String(value) },
});

describe('RunFolder', () => {
  it('numbers new folders and lists them', () => {
    const paths = [1, 2].map(() => RunFolder.create(config, undefined, root).path);
    expect(paths).toEqual([join(root, 'p-smoke-seed1-1'), join(root, 'p-smoke-seed1-2')]);
    mkdirSync(join(root, 'other'));
    expect(listRuns(root).map(({ path }) => path)).toEqual(paths);
    expect(listRuns(join(root, 'absent'))).toEqual([]);
  });

  it('restores the last checkpoint and cuts the log back to it', () => {
    const folder = RunFolder.create(config, join(root, 'run'));
    folder.log({ iteration: 1, µ: 'ü' });
    folder.saveCheckpoint(state(1));
    folder.log({ iteration: 2 });
    const again = RunFolder.open(folder.path);
    expect(again.restore()).toEqual(state(1));
    expect(again.history).toEqual([{ iteration: 1, µ: 'ü' }]);
    again.log({ iteration: 3 });
    expect(readFileSync(folder.file('metrics'), 'utf8')).toBe('{"iteration":1,"µ":"ü"}\n{"iteration":3}\n');
  });

  it('starts anew without a checkpoint', () => {
    const folder = RunFolder.create(config, join(root, 'run'));
    folder.log({ iteration: 1 });
    const again = RunFolder.open(folder.path);
    expect(again.restore()).toBeUndefined();
    expect(readFileSync(folder.file('metrics'), 'utf8')).toBe('');
  });

  it('keeps the previous checkpoint when the disk fills up in the middle of the next', () => {
    const folder = RunFolder.create(config, join(root, 'run'));
    folder.saveCheckpoint(state(1));
    const full = (descriptor: number, bytes: Uint8Array) => {
      writeFileSync(descriptor, bytes.subarray(0, 10));
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    expect(() => folder.saveCheckpoint(state(2), full)).toThrow(StorageError);
    expect(RunFolder.open(folder.path).restore()).toEqual(state(1));
    expect(readdirSync(folder.path).sort()).toEqual(['checkpoint.safetensors', 'config.json']);
  });

  it('refuses folders in use, folders that hold no run and damaged files', () => {
    const folder = RunFolder.create(config, join(root, 'run'));
    expect(() => RunFolder.create(config, folder.path)).toThrow(/another run .*--resume/);
    expect(() => RunFolder.create(config, root)).toThrow(ParameterError);
    expect(() => RunFolder.open(root)).toThrow(ParameterError);
    writeFileSync(folder.file('config'), '{');
    expect(() => RunFolder.open(folder.path)).toThrow(FormatError);
  });

  it('says so when the log lost lines that the checkpoint counts on', () => {
    const folder = RunFolder.create(config, join(root, 'run'));
    folder.log({ iteration: 1 });
    folder.saveCheckpoint(state(1));
    writeFileSync(folder.file('metrics'), '');
    expect(() => RunFolder.open(folder.path).restore()).toThrow(/expected at least 16 bytes in .*, got 0/);
  });

  it('lets no NaN into log or result', () => {
    const folder = RunFolder.create(config, join(root, 'run'));
    expect(() => folder.log({ loss: Number.NaN })).toThrow(NumericsError);
    expect(existsSync(folder.file('metrics'))).toBe(false);
    const result = { id: 'p', preset: 'smoke', seed: 1, seconds: 1, paper: {}, run: 'r' } as const;
    expect(() => folder.writeResult({ ...result, metrics: { accuracy: Number.NaN } })).toThrow(NumericsError);
    expect(folder.result).toBeUndefined();
  });
});
