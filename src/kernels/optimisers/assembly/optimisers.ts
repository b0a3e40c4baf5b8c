/**
 * Adam on `count` weights; stepSize = η·√(1 - β2^t)/(1 - β1^t), `weightDecay` = η·decay (decoupled).
 * β1 and β2 come in float64: 1 - β2 of a float32 would be wrong by 1e-5.
 * m' = β1·m + (1 - β1)·g, v' = β2·v + (1 - β2)·g², w' = (w - weightDecay·w) - stepSize·m'/(√v' + ε)
 */
export function adamStep(
  count: i32, w: usize, g: usize, m: usize, v: usize,
  stepSize: f32, beta1: f64, beta2: f64, epsilon: f32, weightDecay: f32,
): void {
  const end = w + ((<usize>count) << 2);
  const keep1 = <f32>beta1;
  const keep2 = <f32>beta2;
  const take1 = <f32>(1 - beta1);
  const take2 = <f32>(1 - beta2);
  const b1 = f32x4.splat(keep1);
  const b2 = f32x4.splat(keep2);
  const c1 = f32x4.splat(take1);
  const c2 = f32x4.splat(take2);
  const eps = f32x4.splat(epsilon);
  const step = f32x4.splat(stepSize);
  const decay = f32x4.splat(weightDecay);
  for (; w + 16 <= end; w += 16, g += 16, m += 16, v += 16) {
    const gradient = v128.load(g);
    const mean = f32x4.add(f32x4.mul(b1, v128.load(m)), f32x4.mul(c1, gradient));
    const square = f32x4.add(f32x4.mul(b2, v128.load(v)), f32x4.mul(c2, f32x4.mul(gradient, gradient)));
    v128.store(m, mean);
    v128.store(v, square);
    const change = f32x4.div(f32x4.mul(step, mean), f32x4.add(f32x4.sqrt(square), eps));
    const weight = v128.load(w);
    v128.store(w, f32x4.sub(f32x4.sub(weight, f32x4.mul(decay, weight)), change));
  }
  for (; w < end; w += 4, g += 4, m += 4, v += 4) {
    const gradient = load<f32>(g);
    const mean = keep1 * load<f32>(m) + take1 * gradient;
    const square = keep2 * load<f32>(v) + take2 * (gradient * gradient);
    store<f32>(m, mean);
    store<f32>(v, square);
    const weight = load<f32>(w);
    store<f32>(w, weight - weightDecay * weight - (stepSize * mean) / (sqrt<f32>(square) + epsilon));
  }
}

/** velocity' = momentum·velocity + g, w' = (w - weightDecay·w) - learningRate·velocity'; `weightDecay` = η·decay. */
export function sgdStep(
  count: i32, w: usize, g: usize, velocity: usize, learningRate: f32, momentum: f32, weightDecay: f32,
): void {
  const end = w + ((<usize>count) << 2);
  const mu = f32x4.splat(momentum);
  const rate = f32x4.splat(learningRate);
  const decay = f32x4.splat(weightDecay);
  for (; w + 16 <= end; w += 16, g += 16, velocity += 16) {
    const speed = f32x4.add(f32x4.mul(mu, v128.load(velocity)), v128.load(g));
    v128.store(velocity, speed);
    const weight = v128.load(w);
    v128.store(w, f32x4.sub(f32x4.sub(weight, f32x4.mul(decay, weight)), f32x4.mul(rate, speed)));
  }
  for (; w < end; w += 4, g += 4, velocity += 4) {
    const speed = momentum * load<f32>(velocity) + load<f32>(g);
    store<f32>(velocity, speed);
    const weight = load<f32>(w);
    store<f32>(w, weight - weightDecay * weight - learningRate * speed);
  }
}
