import type { Claim, Metric } from '../paper.ts';

/** One line of the table paper/here. */
export interface ComparisonRow {
  readonly label: string;
  /** The published value with its evidence, "94.2 % (read)". */
  readonly paper: string;
  readonly here: string;
  readonly source: string;
}

/** Sets each claim beside the metric of this run; a metric that this run did not compute says so. */
export function compareClaims(claims: readonly Claim[], metrics: Readonly<Record<string, Metric>>): ComparisonRow[] {
  return claims.map(({ metric, label, paper, source, evidence, unit }) => ({
    label,
    paper: paper === null ? 'not stated' : `${formatMetric(paper, unit)} (${evidence})`,
    here: Object.hasOwn(metrics, metric) ? formatMetric(metrics[metric]!, unit) : 'not computed',
    source,
  }));
}

/** Published values by metric: the first claim of each that states a number. */
export function publishedValues(claims: readonly Claim[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { metric, paper } of claims) {
    if (paper !== null && !Object.hasOwn(values, metric)) values[metric] = paper;
  }
  return values;
}

/** A value with its unit; '%' shows a fraction as per cent. */
export function formatMetric(value: Metric, unit?: string): string {
  if (typeof value !== 'number') return String(value);
  if (unit === '%') return `${(100 * value).toFixed(2).replace(/\.?0+$/, '')} %`;
  const text = Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return unit && unit !== '1' ? `${text} ${unit}` : text;
}

/** A duration for people: "42 s", "7 min 05 s", "3 h 12 min". */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two((whole % 3600) / 60)} min`;
}
