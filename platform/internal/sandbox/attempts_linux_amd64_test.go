package sandbox_test

const memfdCreate = 319
