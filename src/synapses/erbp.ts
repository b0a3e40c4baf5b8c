import { defineSynapse } from '../expr/index.ts';

const params = {
  eta: { symbol: 'η', unit: '1', default: 6e-4, min: 0, doc: 'learning rate' },
  p: { symbol: 'p', unit: '1', default: 0.65, min: 0, max: 1, doc: 'probability that a spike is transmitted' },
  bMin: { symbol: 'b_min', unit: '1', default: -0.6, below: 'bMax', doc: 'lower end of the window' },
  bMax: { symbol: 'b_max', unit: '1', default: 0.6, doc: 'upper end of the window' },
} as const;

const signals = { learning: 'factor of the learning rate, 0 while weights may not change' };

/** The rule with the window over a state of the postsynaptic neuron. */
const windowed = (name: string, seen: 'I' | 'V', doc: string) =>
  defineSynapse({
    name,
    cite: 'neftci2017erbp',
    params,
    synapse: { w: 'weight' },
    signals,
    reads: { [seen]: doc, U: 'dendrite: the error' },
    onPre: `
      sent   = bernoulli(p)
      inside = where(${seen} > bMin and ${seen} < bMax, 1, 0)
      w'     = w + sent * inside * learning * eta * U`,
    transmit: "sent * w'",
  });

/**
 * Event-driven random back-propagation: at every presynaptic spike, the weight takes up the error that the postsynaptic
 * neuron holds in its dendrite, as long as its synaptic current lies inside a window. A spike is lost with probability
 * 1 - p: then the synapse neither transmits nor learns.
 *
 * The neuron's model has the states `I`, the synaptic current, and `U`, the dendrite, which error neurons reach through fixed
 * random weights; `twoCompartment` is one. The signal `learning` multiplies the learning rate.
 *
 * @eq neftci2017erbp (event-driven random back-propagation)
 * @deviates the window sees the current of the step before, without the spikes that arrive in the same step
 */
export const erbp = windowed('erbp', 'I', 'synaptic current');

/** {@link erbp} with the window over the membrane potential, state `V`, in place of the current. */
export const erbpMembrane = windowed('erbp-membrane', 'V', 'membrane potential');

/**
 * {@link erbp} with weights on a grid, -wMax, -wMax + step … wMax - step, and stochastic rounding: a change smaller than a step
 * is made as a whole step, with a probability that keeps its mean. Initial weights must lie on the grid.
 *
 * With 8 bits, wMax = 1 and step = 1/128. A change is one step at most. The same draw decides whether a spike is sent and whether
 * the weight moves.
 */
export const erbpQuantised = defineSynapse({
  name: 'erbp-quantised',
  cite: 'neftci2017erbp',
  params: {
    ...params,
    step: { symbol: 'q', unit: '1', default: 1 / 128, min: 0, doc: 'distance of two weights' },
    wMax: { symbol: 'w_max', unit: '1', default: 1, min: 0, doc: 'minus the lowest weight' },
  },
  synapse: { w: 'weight' },
  signals,
  reads: { I: 'synaptic current', U: 'dendrite: the error' },
  onPre: `
    draw   = uniform()
    inside = where(I > bMin and I < bMax, 1, 0)
    change = inside * learning * eta * U
    moved  = where(draw * step < p * min(abs(change), step), step, 0)
    w'     = clip(w + where(change > 0, moved, -moved), -wMax, wMax - step)`,
  transmit: "where(draw < p, w', 0)",
});
