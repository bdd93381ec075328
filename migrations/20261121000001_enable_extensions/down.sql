DROP EXTENSION btree_gin;

DROP EXTENSION btree_gist;

DROP EXTENSION postgis;
