import { describe, expect, it } from 'vitest';
import { FormatError, ParameterError } from '../../base/errors.ts';
import { NO_LABEL } from '../../tensor/batch.ts';
import { type PhoneSetSize, phoneSet } from './phones.ts';
import { frameLabels, parsePhn } from './transcript.ts';

const ALL = phoneSet(61).names;
/** Groups of several phones that become one, as `sil: bcl dcl …`. */
const joined = (size: PhoneSetSize) => {
  const { names, classOf } = phoneSet(size);
  return names
    .map((name, k) => [name, ALL.filter((phone) => classOf(phone) === k)] as const)
    .filter(([, members]) => members.length > 1)
    .map(([name, members]) => `${name}: ${members.join(' ')}`)
    .sort();
};

describe('phoneSet', () => {
  it.each([61, 48, 39] as const)('has %i names, all different', (size) => {
    const { names } = phoneSet(size);
    expect(new Set(names).size).toBe(size);
    expect(names.length).toBe(size);
  });

  it('joins the phones of the published table', () => {
    expect(joined(61)).toEqual([]);
    expect(joined(48)).toEqual([
      'ax: ax ax-h',
      'cl: kcl pcl tcl',
      'er: axr er',
      'hh: hh hv',
      'm: em m',
      'n: n nx',
      'ng: eng ng',
      'sil: h# pau',
      'uw: uw ux',
      'vcl: bcl dcl gcl',
    ]);
    expect(joined(39)).toEqual([
      'aa: aa ao',
      'ah: ah ax ax-h',
      'er: axr er',
      'hh: hh hv',
      'ih: ih ix',
      'l: el l',
      'm: em m',
      'n: en n nx',
      'ng: eng ng',
      'sh: sh zh',
      'sil: bcl dcl epi gcl h# kcl pau pcl tcl',
      'uw: uw ux',
    ]);
  });

  it('leaves out the glottal stop from the folded sets alone', () => {
    expect([phoneSet(48).classOf('q'), phoneSet(39).classOf('q')]).toEqual([NO_LABEL, NO_LABEL]);
    const { classOf, names } = phoneSet(61);
    expect(names[classOf('q')]).toBe('q');
    expect(ALL.filter((phone) => phoneSet(39).classOf(phone) === NO_LABEL)).toEqual(['q']);
  });

  it('refuses other sizes and names', () => {
    expect(() => phoneSet(40 as 39)).toThrow(ParameterError);
    expect(() => phoneSet(39).classOf('xx')).toThrow(FormatError);
    expect(() => phoneSet(39).classOf('xx')).toThrow('expected one of the 61 phones of TIMIT, got "xx"');
  });
});

describe('transcripts', () => {
  const phones = phoneSet(39);
  const segments = parsePhn('0 500 h#\r\n500 620 q\n620 900 iy\n\n', 'x.phn');
  const names = (labels: Int32Array) => [...labels].map((label) => phones.names[label] ?? '-');

  it('are read line by line', () => {
    expect(segments).toEqual([
      { begin: 0, end: 500, phone: 'h#' },
      { begin: 500, end: 620, phone: 'q' },
      { begin: 620, end: 900, phone: 'iy' },
    ]);
  });

  it('label each frame by the phone at its middle', () => {
    // Middles at 200, 360, 520, 680, 840, 1000; the last lies behind the last phone.
    expect(names(frameLabels(segments, 6, { window: 400, hop: 160 }, phones))).toEqual([
      'sil',
      'sil',
      '-',
      'iy',
      'iy',
      'iy',
    ]);
    // A middle on the border belongs to the phone that begins there.
    expect(names(frameLabels(segments, 1, { window: 1240, hop: 1 }, phones))).toEqual(['iy']);
    expect(names(frameLabels(segments.slice(1), 1, { window: 2, hop: 1 }, phones))).toEqual(['-']);
  });

  it.each([
    ['0 500', 'in line 1 of x.phn, got "0 500"'],
    ['0 500 h#\n500 400 iy', 'with 0 <= begin < end in line 2 of x.phn, got "500 400 iy"'],
    ['9 500 h#\n8 600 iy', 'with 9 <= begin < end in line 2'],
    ['\n', 'expected at least one phone in x.phn, got none'],
  ])('refuses %j', (text, message) => {
    expect(() => parsePhn(text, 'x.phn')).toThrow(FormatError);
    expect(() => parsePhn(text, 'x.phn')).toThrow(message);
  });
});
