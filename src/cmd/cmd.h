/* The subcommands of the `longhouse` program: each gets its own argv (argv[0] is "longhouse NAME") and returns the exit status. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

int cmd_serve(int argc, char **argv);
int cmd_user(int argc, char **argv);
int cmd_lookup(int argc, char **argv);
int cmd_nbstat(int argc, char **argv);
int cmd_browse(int argc, char **argv);
int cmd_names(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_shares(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_tree(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_cat(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_put(int argc, char **argv);
int cmd_rm(int argc, char **argv);
int cmd_mkdir(int argc, char **argv);
int cmd_rmdir(int argc, char **argv);
int cmd_mv(int argc, char **argv);
int cmd_find(int argc, char **argv);
int cmd_du(int argc, char **argv);
int cmd_touch(int argc, char **argv);
int cmd_chmod(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_acl(int argc, char **argv);
int cmd_sessions(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_shell(int argc, char **argv);
int cmd_print(int argc, char **argv);
int cmd_queue(int argc, char **argv);
int cmd_cancel(int argc, char **argv);
int cmd_serial(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_unmount(int argc, char **argv);

#endif
