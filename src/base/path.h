/* Paths within a share: names with '/' between them, none before the first; "" is the share's root. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

/* "a/b" of "a" and "b", and the other one where one is "". Malloc'd; NULL: no memory. */
char *path_join(const char *folder, const char *name);

#endif
