/**
 * Solves a symmetric positive definite system by Cholesky's factorisation, in place.
 *
 * @param matrix - [size, size], lower triangle; overwritten by the factor
 * @param solution - [size]: the right-hand side, replaced by the solution
 * @returns whether the matrix was positive definite
 */
export function solveCholesky(matrix: Float64Array, solution: Float64Array): boolean {
  const size = solution.length;
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j <= i; j++) {
      const other = j * size;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!;
      if (i !== j) matrix[row + j] = sum / matrix[other + j]!;
      else if (sum > 0) matrix[row + j] = Math.sqrt(sum);
      else return false;
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = solution[i]!;
    for (let k = 0; k < i; k++) sum -= matrix[i * size + k]! * solution[k]!;
    solution[i] = sum / matrix[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = solution[i]!;
    for (let k = i + 1; k < size; k++) sum -= matrix[k * size + i]! * solution[k]!;
    solution[i] = sum / matrix[i * size + i]!;
  }
  return true;
}
