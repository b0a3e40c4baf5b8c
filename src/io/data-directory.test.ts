import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { dataDirectory } from './data-directory.ts';

const context = (environment: Record<string, string>, platform = 'linux') => ({
  environment,
  platform,
  home: '/home/me',
});

it.each([
  ['option', dataDirectory('/data', context({ VOLLEY_DATA: '/other' })), '/data'],
  ['variable', dataDirectory(undefined, context({ VOLLEY_DATA: '/other', XDG_CACHE_HOME: '/cache' })), '/other'],
  ['empty option', dataDirectory('', context({ VOLLEY_DATA: '/other' })), '/other'],
  ['empty variable', dataDirectory(undefined, context({ VOLLEY_DATA: '' })), '/home/me/.cache/volley'],
  ['cache variable', dataDirectory(undefined, context({ XDG_CACHE_HOME: '/cache' })), '/cache/volley'],
  ['macOS', dataDirectory(undefined, context({}, 'darwin')), '/home/me/Library/Caches/volley'],
  ['relative option', dataDirectory('data', context({})), resolve('data')],
])('chooses the data folder by %s', (_, got, expected) => {
  expect(got).toBe(expected);
});

it('uses the local application data on Windows', () => {
  expect(dataDirectory(undefined, context({ LOCALAPPDATA: '/local' }, 'win32'))).toMatch(/local.volley.cache$/);
});
