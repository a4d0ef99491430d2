FROM python:3.12-slim-bookworm

# Receipts are drawn by WeasyPrint, which needs the Pango text library.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN python -c "from portal.infra import static; static.compress()"
RUN useradd --system --home-dir /nonexistent risiti \
 && install -d -o risiti -g risiti /files
USER risiti
ENV PYTHONUNBUFFERED=1 FLASK_APP=portal.app
