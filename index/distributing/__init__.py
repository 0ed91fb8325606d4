"""A build by workers on other machines, or in other processes of this one, with Dask."""
