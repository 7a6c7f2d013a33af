"""Reviews: what people say of samples, the queues that they work through, and what follows from their words.

Begin at `desk.py`, which a page or another program calls: `ReviewDesk(out, least, near, flaws)` with `next`, `record`, `undo`, `item_of`
and `state`. `verdicts.py` is a line of reviews.jsonl and what of it stands; `log.py` the file; `order.py` the order of an audit;
`queues.py` what is shown next, pure; `signals.py` what `curate` doubts; `planting.py` flawed copies that measure reviewers;
`consequences.py` what follows, pure, carried out by `graphs.running.reviewed`; `overlay.py` a person's texts in a sample;
`exchange.py` Argilla's and Label Studio's forms; `telling.py` where reviews stand, in words.
"""
