"""The server that people write: FastAPI, a pydantic body, `model.predict`.

python tests/bench/plain_server.py model.keras PORT
"""

import sys

import keras
import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = keras.models.load_model(sys.argv[1])


class Body(BaseModel):
    """Rows of TensorFlow Serving's form."""

    instances: list[list[list[int]]]


@app.post("/v1/models/digits:predict")
def predict(body: Body):
    """Predictions for the images of a body."""
    probabilities = model.predict(np.array(body.instances), verbose=0)
    return {
        "predictions": [
            {"probabilities": row.tolist(), "digit": int(row.argmax()), "confidence": float(row.max())}
            for row in probabilities
        ]
    }


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning")
