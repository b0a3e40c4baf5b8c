import { type Outcome, trainSmallLsnn } from '../train-small-lsnn.ts';

declare global {
  interface Window {
    trainSmallLsnn: () => Promise<Outcome>;
  }
}

window.trainSmallLsnn = trainSmallLsnn;
