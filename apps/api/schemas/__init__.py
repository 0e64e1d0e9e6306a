"""What this API takes and answers, noun by noun, as data. Views name it in `@operation`; `description` writes it down."""
