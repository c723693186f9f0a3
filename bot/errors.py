"""What a person is told when a wish can't be met."""


class Refusal(Exception):
    """One sentence that the person can act on; nothing was charged, nothing was kept.

    Of these `bot.jobs.submit.Unsettled` alone can't promise that.
    """
