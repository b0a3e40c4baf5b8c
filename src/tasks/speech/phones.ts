import { FormatError, ParameterError } from '../../base/errors.ts';
import { NO_LABEL } from '../../tensor/batch.ts';

/** Number of phones of a set: all that TIMIT transcribes, those usually modelled, those usually scored. */
export type PhoneSetSize = 61 | 48 | 39;

/** A set of phones as classes. */
export interface PhoneSet {
  readonly size: PhoneSetSize;
  /** Name of each class, [size]. */
  readonly names: readonly string[];
  /**
   * Class of one of TIMIT's 61 phones; {@link NO_LABEL} for the glottal stop `q` in the sets of 48 and 39.
   *
   * @throws FormatError for a name that is none of the 61
   */
  classOf(phone: string): number;
}

// One of the 61 phones each, then what it becomes among the 48 and among the 39 where that differs.
const FOLDS = `
  aa|ae|ah|ao ao aa|aw|ax ax ah|ax-h ax ah|axr er er|ay|b|bcl vcl sil|ch|d|dcl vcl sil|dh|dx|eh|el el l|em m m|en en n|
  eng ng ng|epi epi sil|er|ey|f|g|gcl vcl sil|h# sil sil|hh|hv hh hh|ih|ix ix ih|iy|jh|k|kcl cl sil|l|m|n|ng|nx n n|ow|
  oy|p|pau sil sil|pcl cl sil|q - -|r|s|sh|t|tcl cl sil|th|uh|uw|ux uw uw|v|w|y|z|zh zh sh`;

const DROPPED = '-';
const FOLDED = FOLDS.split('|').map((entry) => {
  const [own, in48 = own, in39 = in48] = entry.trim().split(' ');
  return { 61: own!, 48: in48!, 39: in39! };
});

/**
 * The phones of TIMIT, folded from 61 to 48 or 39 as by Lee and Hon (Speaker-independent phone recognition using hidden
 * Markov models, IEEE Trans. ASSP 37, 1989): closures and pauses are silence, allophones are joined, the glottal stop `q` is
 * left out: its frames carry no label and are neither trained nor scored.
 *
 * @throws ParameterError for another size
 *
 * @example
 * phoneSet(39).classOf('zh') === phoneSet(39).classOf('sh'); // true
 */
export function phoneSet(size: PhoneSetSize): PhoneSet {
  if (![61, 48, 39].includes(size)) throw new ParameterError('phoneSet', `expected 61, 48 or 39 phones, got ${size}`);
  const names = [...new Set(FOLDED.map((phone) => phone[size]))].filter((name) => name !== DROPPED);
  const classes = new Map(FOLDED.map((phone) => [phone[61], names.indexOf(phone[size])]));
  return {
    size,
    names,
    classOf(phone) {
      const found = classes.get(phone);
      if (found === undefined) {
        throw new FormatError('classOf', `expected one of the 61 phones of TIMIT, got "${phone}"`, {
          hint: `known: ${[...classes.keys()].join(' ')}`,
          fields: { phone },
        });
      }
      return found < 0 ? NO_LABEL : found;
    },
  };
}
