import { defineSynapse } from '../expr/index.ts';

/**
 * Event-driven random back-propagation: at every presynaptic spike, the weight takes up the error that the postsynaptic
 * neuron holds in its dendrite, as long as its synaptic current lies inside a window. A spike is lost with probability
 * 1 - p: then the synapse neither transmits nor learns.
 *
 * The neuron's model has the states `I`, the synaptic current, and `U`, the dendrite, which error neurons reach through fixed
 * random weights. The signal `learning` is 1 while weights may change and 0 while they may not.
 *
 * @eq neftci2017erbp (event-driven random back-propagation)
 * @deviates the window sees the current of the step before, without the spikes that arrive in the same step
 */
export const erbp = defineSynapse({
  name: 'erbp',
  cite: 'neftci2017erbp',
  params: {
    eta: { symbol: 'η', unit: '1', default: 6e-4, min: 0, doc: 'learning rate' },
    p: { symbol: 'p', unit: '1', default: 0.65, min: 0, max: 1, doc: 'probability that a spike is transmitted' },
    bMin: { symbol: 'b_min', unit: '1', default: -0.6, doc: 'lower end of the window of currents' },
    bMax: { symbol: 'b_max', unit: '1', default: 0.6, doc: 'upper end of the window of currents' },
  },
  synapse: { w: 'weight' },
  signals: { learning: '1 while weights may change, else 0' },
  reads: { I: 'synaptic current', U: 'dendrite: the error' },
  onPre: `
    sent   = bernoulli(p)
    inside = where(I > bMin and I < bMax, 1, 0)
    w'     = w + sent * inside * learning * eta * U`,
  transmit: "sent * w'",
});
