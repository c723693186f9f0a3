FROM python:3.11-slim

WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY dream dream
COPY migrations migrations
RUN pip install --no-cache-dir .

# Strangers' pictures are opened in here: not as root.
RUN useradd --create-home dreamer && mkdir /data && chown dreamer /data
USER dreamer
ENV DREAMBOT_DATA=/data DREAM_CACHE=/data/networks
VOLUME /data
ENTRYPOINT ["dreambot"]
CMD ["run"]
