/** Points of one line of a chart. */
export interface CurveSeries {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Curve {
  readonly title: string;
  /** Label of the horizontal axis, with its unit. */
  readonly x: string;
  readonly y: string;
  readonly series: readonly CurveSeries[];
  /** Whether y is shown on a logarithmic scale; every y must then be positive. */
  readonly logarithmic?: boolean;
  /** Horizontal lines to compare with, such as the paper's value. */
  readonly rules?: readonly { readonly value: number; readonly label: string }[];
  readonly caption?: string;
}

/** Spikes as lists; `SpikeTrain.events()` and recorders give them. */
export interface RasterEvents {
  /** Time step of each spike, from 0. */
  readonly time: ArrayLike<number>;
  readonly neuron: ArrayLike<number>;
  /** Batch element of each spike; without it, all spikes are shown. */
  readonly batch?: ArrayLike<number>;
}

export interface RasterGroup {
  readonly name: string;
  /** Number of neurons, that is rows. */
  readonly size: number;
  readonly events: RasterEvents;
}

/** Spikes of one trial; the groups stand below one another in the order given. */
export interface Raster {
  readonly title: string;
  /** Length of a time step in ms. */
  readonly dt: number;
  /** Label of the time axis, default "time (ms)"; with `dt` 1, steps of another kind may be counted. */
  readonly x?: string;
  /** Number of time steps shown; spikes after them are left out. */
  readonly steps: number;
  readonly groups: readonly RasterGroup[];
  /** Batch element shown, default 0. */
  readonly batch?: number;
  readonly caption?: string;
}

/** State variables of some neurons over time. */
export interface Traces {
  readonly title: string;
  /** Length of a time step in ms. */
  readonly dt: number;
  /** Label of the vertical axis, with its unit. */
  readonly y: string;
  /** One value per time step. */
  readonly series: readonly { readonly name: string; readonly values: ArrayLike<number> }[];
  readonly caption?: string;
}

/** Counts [row, column], such as a confusion matrix [true class, predicted class]. */
export interface Matrix {
  readonly title: string;
  readonly values: readonly (readonly number[])[];
  /** What the rows and the columns are: "digit shown", "digit answered". */
  readonly rows: string;
  readonly columns: string;
  /** Names of the rows and columns, default their numbers. */
  readonly labels?: readonly string[];
  /** The value with the darkest shade, where a cell is no share of its row. Default: the sum of the row. */
  readonly full?: number;
  readonly caption?: string;
}

/** Values on grids, as colours on one scale: weights at several times, receptive fields. */
export interface Heatmap {
  readonly title: string;
  /** Grids of the same shape, [row, column]; a cell without a value, or with one that is not finite, is grey. */
  readonly panels: readonly {
    readonly name: string;
    readonly values: readonly (readonly (number | undefined)[])[];
  }[];
  /** What the rows and the columns are: "neuron", "input". */
  readonly rows: string;
  readonly columns: string;
  /** What the colours mean, with the unit. */
  readonly value: string;
  /** Values of the first and the last colour. Default: from 0, or as far to both sides where some are below 0. */
  readonly range?: readonly [number, number];
  /** Panels beside one another, default as many as fit. */
  readonly across?: number;
  readonly caption?: string;
}

/** One horizontal bar per name, from the top in the order given. */
export interface Bars {
  readonly title: string;
  /** Label of the axis of values, with its unit. */
  readonly x: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
  readonly caption?: string;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly caption?: string;
}

export type Section =
  | ({ readonly kind: 'curve' } & Curve)
  | ({ readonly kind: 'raster' } & Raster)
  | ({ readonly kind: 'traces' } & Traces)
  | ({ readonly kind: 'bars' } & Bars)
  | ({ readonly kind: 'matrix' } & Matrix)
  | ({ readonly kind: 'heatmap' } & Heatmap)
  | ({ readonly kind: 'table' } & Table)
  | { readonly kind: 'note'; readonly text: string };

/** Collects what report.html shows, in the order of the calls; drawing happens when the run is over. */
export class ReportBuilder {
  readonly sections: Section[] = [];

  /** Lines over a common axis: learning curves. */
  curve(curve: Curve): void {
    this.sections.push({ kind: 'curve', ...curve });
  }

  /** Spikes over time. */
  raster(raster: Raster): void {
    this.sections.push({ kind: 'raster', ...raster });
  }

  /** State variables over time: adaptation, membrane potentials. */
  traces(traces: Traces): void {
    this.sections.push({ kind: 'traces', ...traces });
  }

  /** One value per name: error or spikes per layer. */
  bars(bars: Bars): void {
    this.sections.push({ kind: 'bars', ...bars });
  }

  /** A matrix of counts, shaded by the share of each row. */
  matrix(matrix: Matrix): void {
    this.sections.push({ kind: 'matrix', ...matrix });
  }

  /** Values as colours. */
  heatmap(heatmap: Heatmap): void {
    this.sections.push({ kind: 'heatmap', ...heatmap });
  }

  table(table: Table): void {
    this.sections.push({ kind: 'table', ...table });
  }

  /** A paragraph of plain text. */
  note(text: string): void {
    this.sections.push({ kind: 'note', text });
  }
}
