/** Bytes of scratch memory for `csrBackward`: 16 rows of dE/d current, interleaved. */
export const csrScratchBytes = (post: number): number => 64 * post;

/** Bytes of scratch memory for `csrGradientSpikes` on so many rows: for 64 neurons, where each one's list ends, and the lists. */
export const csrGradientScratchBytes = (rows: number): number => 64 * 4 * (1 + rows);
