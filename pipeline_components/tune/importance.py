"""How much each parameter matters for being among the best trials."""

import warnings
from collections.abc import Mapping, Sequence

from pipeline_components.tune.spaces import Dimension
from pipeline_components.tune.trials import Trial

FEWEST = 4  # complete trials


def importances(trials: Sequence[Trial], dimensions: Mapping[str, Dimension]) -> dict[str, float]:
    """Parameter → share, the greatest first, of the complete trials: PED-ANOVA (Watanabe et al. 2023), Optuna's.

    Empty for fewer than FEWEST trials, or a single parameter: there is nothing to compare.
    """
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    from pipeline_components.tune.study import as_told, distribution

    complete = [trial for trial in trials if trial["state"] == "complete"]
    searched = {name: distribution(each) for name, each in dimensions.items()}
    if len(complete) < FEWEST or len(searched) < 2:
        return {}
    study = optuna.create_study()
    for trial in complete:
        told = as_told(trial["parameters"], searched)
        study.add_trial(optuna.trial.create_trial(params=told, distributions=searched, value=trial["validation_loss"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one that all trials have the same of
        evaluator = PedAnovaImportanceEvaluator(target_quantile=0.3)
        found = get_param_importances(study, evaluator=evaluator)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
