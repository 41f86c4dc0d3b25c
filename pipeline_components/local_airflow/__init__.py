"""A real Airflow of this folder's own: started, asked to retrain, watched, and stopped to the last process.

`python -m pipeline_components.commands.local_airflow run` makes one retraining; `… up` serves the UI and the schedule.
Airflow is only ever started as a command and asked over REST: nothing here imports it.
"""
