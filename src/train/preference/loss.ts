/** What makes of the likelihoods of two answers a loss. */
export const PREFERENCE_LOSSES = ["sigmoid", "simpo"] as const;

/** How answers are compared. */
export type Comparison =
  /** By how much likelier each became than it was to the starting weights. */
  | { readonly loss: "sigmoid"; readonly beta: number }
  /** By ln p a token, without a reference; the better one is to win by `gamma`. */
  | { readonly loss: "simpo"; readonly beta: number; readonly gamma: number };

/** How likely one answer is. */
export interface Likelihood {
  /** ln p of the answer, its turn end included. */
  readonly now: number;
  /** The same to the starting weights. */
  readonly before: number;
  /** Tokens of the answer. */
  readonly tokens: number;
}

/** What a pair comes to. */
export interface PairLoss {
  readonly loss: number;
  /** What each answer is worth to the loss; the loss falls with their difference. */
  readonly chosenReward: number;
  readonly rejectedReward: number;
  /** -d loss / d ln p of each answer: how much a step is to raise it. */
  readonly chosenWeight: number;
  readonly rejectedWeight: number;
}

/**
 * The loss of a pair, -ln σ(margin), and how much each answer's likelihood bears on it. Sources: Rafailov et al. 2023,
 * "Direct Preference Optimization", equation 7 (margin = β·(Δchosen - Δrejected), Δ = ln p - ln p of the reference);
 * Meng et al. 2024, "SimPO", equation 6 (margin = β·(ln p/|y| of the chosen - of the rejected) - γ).
 */
export function pairLoss(comparison: Comparison, chosen: Likelihood, rejected: Likelihood): PairLoss {
  const { loss, beta } = comparison;
  const scale = (one: Likelihood): number => (loss === "simpo" ? beta / Math.max(1, one.tokens) : beta);
  const reward = (one: Likelihood): number =>
    scale(one) * (loss === "simpo" ? one.now : one.now - one.before);
  const [chosenReward, rejectedReward] = [reward(chosen), reward(rejected)];
  const margin = chosenReward - rejectedReward - (loss === "simpo" ? comparison.gamma : 0);
  // 1 - σ(margin), the share of the gradient that is left; both forms stay exact for large margins
  const doubt = margin > 0 ? Math.exp(-margin) / (1 + Math.exp(-margin)) : 1 / (1 + Math.exp(margin));
  return {
    loss: Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin))),
    chosenReward,
    rejectedReward,
    chosenWeight: doubt * scale(chosen),
    rejectedWeight: -doubt * scale(rejected),
  };
}
