/** Bytes of scratch memory for `csrBackward`: 16 rows of dE/d current, interleaved. */
export const csrScratchBytes = (post: number): number => 64 * post;
