package sandbox_test

const memfdCreate = 279
