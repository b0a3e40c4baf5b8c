/**
 * The WebAssembly kernels bound to one memory.
 *
 * All addresses are byte offsets into that memory, all `ld…` are floats per row and multiples of 4, `rowBytes` is the
 * length of a bit row. Float rows are padded to a multiple of 4: kernels may read and write the pad lanes of [rows, ld]
 * arrays. Any size may be 0. `accumulate` is 0 to overwrite, 1 to add. Nothing is checked: callers own the layout.
 */
export interface Kernels {
  /** C[m, n] (+)= A[m, k] · B[k, n]. The bits of a row do not depend on m or on the row's position. */
  gemmNN: Gemm;
  /** C[m, n] (+)= A[k, m]ᵀ · B[k, n]. */
  gemmTN: Gemm;
  /** C[m, n] (+)= A[m, k] · B[n, k]ᵀ; writes exactly n columns. */
  gemmNT: Gemm;

  /** out[b, :] (+)= Σ W[i, :] over the spikes i of row b, ascending. `scratch` is room for nPre + 4 u32. */
  gatherRows(
    batch: number,
    nPre: number,
    bits: number,
    rowBytes: number,
    w: number,
    ldw: number,
    nPost: number,
    out: number,
    ldo: number,
    accumulate: number,
    scratch: number,
  ): void;
  /**
   * The same for the rows of many steps at once, except that a row with spikes at more than 30 % of its bits adds the
   * sums of four neighbours i at a time. The bits of a row do not depend on the rows around it. `scratch` is room for
   * `gatherBlockScratchBytes`.
   */
  gatherBlock(
    rows: number,
    nPre: number,
    bits: number,
    rowBytes: number,
    w: number,
    ldw: number,
    nPost: number,
    out: number,
    ldo: number,
    accumulate: number,
    scratch: number,
  ): void;
  /**
   * dW[i, :] += G[s, b, :] for every spike i of row (s, b), the last step s first, b ascending; where i spikes in more than
   * 30 % of the rows, the sums of four rows in that order at a time. `bits` and `g` have steps·batch rows. `scratch` is
   * room for `outerScratchBytes`.
   */
  outerSpikes(
    steps: number,
    batch: number,
    nPre: number,
    bits: number,
    rowBytes: number,
    g: number,
    ldg: number,
    nPost: number,
    dw: number,
    ldw: number,
    scratch: number,
  ): void;
  /** counts[i] += number of rows in which bit i is set; counts is u32[n]. */
  countSpikes(batch: number, n: number, bits: number, rowBytes: number, counts: number): void;
  /** out[b, i] = 1 where bit i of row b is set, else 0; pad lanes become 0. */
  spikesToFloats(batch: number, n: number, bits: number, rowBytes: number, out: number, ldo: number): void;
  /** Sets bit i of row b where x[b, i] is not 0; writes whole rows, pad bits 0. NaN counts as a spike. */
  floatsToSpikes(batch: number, n: number, x: number, ldx: number, bits: number, rowBytes: number): void;
  /**
   * Lists the spikes of every row: those of row b are indices[offsets[b]] … indices[offsets[b + 1] - 1], ascending.
   * At most `capacity` indices are written.
   * @returns the number of spikes, also when it exceeds `capacity`
   */
  listSpikes(
    batch: number,
    n: number,
    bits: number,
    rowBytes: number,
    offsets: number,
    indices: number,
    capacity: number,
  ): number;

  /**
   * h[b, i] = decay·h[b, i] + Σ q[b, j]·w[i, j] over the non-zero q[b, j], then out[b, i] += h[b, i].
   * `strips` holds w as [⌈nPre / 28⌉, nPost, 28]: element (s, j, c) is w[28 s + c, j]. The bits of a row do not depend on
   * the batch. `scratch` is room for 2·batch·min(256, nPost) + batch u32.
   */
  leakyFeedback(
    batch: number,
    nPost: number,
    q: number,
    ldq: number,
    strips: number,
    nPre: number,
    h: number,
    ldh: number,
    decay: number,
    out: number,
    ldo: number,
    scratch: number,
  ): void;

  /** out[b, post[k]] += w[k] for the synapses k of every spike; rowPtr is u32[nPre + 1], post u32[], w f32[]. */
  csrGatherSpikes(
    batch: number,
    nPre: number,
    bits: number,
    rowBytes: number,
    rowPtr: number,
    post: number,
    w: number,
    nPost: number,
    out: number,
    ldo: number,
    accumulate: number,
  ): void;
  /** out[b, post[k]] += w[k] · X[b, i] for the synapses k of every i. */
  csrGatherFloats(
    batch: number,
    nPre: number,
    x: number,
    ldx: number,
    rowPtr: number,
    post: number,
    w: number,
    nPost: number,
    out: number,
    ldo: number,
    accumulate: number,
  ): void;
  /**
   * dX[b, i] (+)= Σ w[k] · G[b, post[k]] over the synapses k of i; scratch of `csrScratchBytes(nPost)`, 16-byte aligned. Where
   * `gate`, bits [batch, gateRow bytes], is 0, the element is not wanted: it may be left as it is. All are wanted if `gateRow` is 0.
   */
  csrBackward(
    batch: number,
    nPre: number,
    rowPtr: number,
    post: number,
    w: number,
    g: number,
    ldg: number,
    dx: number,
    ldx: number,
    accumulate: number,
    nPost: number,
    gate: number,
    gateRow: number,
    scratch: number,
  ): void;
  /**
   * dw[k] += G[s, b, post[k]] for the synapses k of every spike of row (s, b), the last step first; scratch of
   * `csrGradientScratchBytes(steps · batch)`, 4-byte aligned.
   */
  csrGradientSpikes(
    steps: number,
    batch: number,
    nPre: number,
    bits: number,
    rowBytes: number,
    rowPtr: number,
    post: number,
    g: number,
    ldg: number,
    dw: number,
    scratch: number,
  ): void;
  /** dw[k] += X[b, i] · G[b, post[k]] for the synapses k of every i. */
  csrGradientFloats(
    batch: number,
    nPre: number,
    x: number,
    ldx: number,
    rowPtr: number,
    post: number,
    g: number,
    ldg: number,
    dw: number,
  ): void;

  /** out[b, i] (+)= w[i] where i spiked; w is f32[n]. */
  oneToOneSpikes(
    batch: number,
    n: number,
    bits: number,
    rowBytes: number,
    w: number,
    out: number,
    ldo: number,
    accumulate: number,
  ): void;
  /** out[b, i] (+)= w[i] · X[b, i]. */
  oneToOneFloats(
    batch: number,
    n: number,
    x: number,
    ldx: number,
    w: number,
    out: number,
    ldo: number,
    accumulate: number,
  ): void;
  /** dX[b, i] (+)= w[i] · G[b, i]. */
  oneToOneBackward(
    batch: number,
    n: number,
    w: number,
    g: number,
    ldg: number,
    dx: number,
    ldx: number,
    accumulate: number,
  ): void;
  /** dw[i] += G[b, i] where i spiked, b ascending. */
  oneToOneGradientSpikes(
    batch: number,
    n: number,
    bits: number,
    rowBytes: number,
    g: number,
    ldg: number,
    dw: number,
  ): void;
  /** dw[i] += X[b, i] · G[b, i], b ascending. */
  oneToOneGradientFloats(batch: number, n: number, x: number, ldx: number, g: number, ldg: number, dw: number): void;

  /** dst[i] = value. */
  fill(dst: number, count: number, value: number): void;
  /** dst[i] += src[i]. */
  addInto(dst: number, src: number, count: number): void;
  /** dst[i] *= factor. */
  scale(dst: number, count: number, factor: number): void;
  /** dst[c, r] = src[r, c]; writes exactly cols x rows elements. */
  transpose(rows: number, cols: number, src: number, lds: number, dst: number, ldd: number): void;
  /** W[i, i] = 0 for i < n. */
  zeroDiagonal(n: number, w: number, ldw: number): void;
  /** Columns cols … ldw - 1 of every row become 0. */
  zeroPad(rows: number, cols: number, w: number, ldw: number): void;
  /** Σ x², summed in float64 in a fixed order. */
  sumSquares(src: number, count: number): number;
  /** Index of the first NaN or infinity, or -1. */
  allFinite(src: number, count: number): number;

  /**
   * One Adam step on `count` weights. stepSize = η·√(1 - β2^t)/(1 - β1^t); weightDecay = η·decay, decoupled.
   * m' = β1·m + (1 - β1)·g, v' = β2·v + (1 - β2)·g², w' = (w - weightDecay·w) - stepSize·m'/(√v' + ε)
   */
  adamStep(
    count: number,
    w: number,
    g: number,
    m: number,
    v: number,
    stepSize: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
  ): void;
  /** velocity' = momentum·velocity + g, w' = (w - weightDecay·w) - learningRate·velocity'; weightDecay = η·decay. */
  sgdStep(
    count: number,
    w: number,
    g: number,
    velocity: number,
    learningRate: number,
    momentum: number,
    weightDecay: number,
  ): void;

  /**
   * Moves weights of known signs towards 0 and on by noise: θ = s·w, θ' = max(θ - pull + deviation·noise, floor) in float64,
   * w' = s·θ' rounded to float32. `signs` is i8[count], its sign bit counts; `noise` is not read where `deviation` is 0.
   * Lists the entries that are 0 then in `gone`, u32, ascending; it may lie where `noise` does.
   * @returns the number of entries listed
   */
  pullWeights(
    count: number,
    w: number,
    signs: number,
    noise: number,
    gone: number,
    pull: number,
    deviation: number,
    floor: number,
  ): number;

  /** out[b, i] = uniform draw number (rowStart + b)·n + i of (seed, stream, step), as `randomUniform` of volley/base. */
  philoxUniform: PhiloxFill;
  /** out[b, i] = standard normal draw, as `randomNormal` of volley/base within float32 rounding. */
  philoxNormal: PhiloxFill;
  /** out[b, i] = exponential draw with mean 1, as `randomExponential` of volley/base within float32 rounding. */
  philoxExponential: PhiloxFill;

  /**
   * Softmax cross-entropy of each row of logits against labels (i32[rows], -1 = ignore the row).
   * dLogits = weight · (softmax - onehot), 0 in ignored rows and pad lanes.
   * @returns the unweighted sum of the losses, in nats, float64
   */
  softmaxCrossEntropy(
    rows: number,
    classes: number,
    logits: number,
    ldl: number,
    labels: number,
    weight: number,
    dLogits: number,
    ldd: number,
  ): number;
}

/** A matrix product: shapes m, n, k; addresses a, b, c with their row lengths. */
export type Gemm = (
  m: number,
  n: number,
  k: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  c: number,
  ldc: number,
  accumulate: number,
) => void;

/** Fills [batch, n] with draws; element (b, i) has index (rowStart + b)·n + i, below 2^34. */
export type PhiloxFill = (
  seedLow: number,
  seedHigh: number,
  stream: number,
  step: number,
  rowStart: number,
  batch: number,
  n: number,
  out: number,
  ldo: number,
) => void;
